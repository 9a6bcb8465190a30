"""The part of a model card that shows how to load the model, with the prompt it was tuned with."""

import json
from collections.abc import Iterator
from dataclasses import replace

from tunesmith.engine.example import target_names
from tunesmith.engine.export_files import TrainedRun
from tunesmith.prompt.encode import EncodeError, Encoder
from tunesmith.prompt.output import Message
from tunesmith.prompt.parse import parse
from tunesmith.prompt.render import RenderError, render
from tunesmith.prompt.variables import variables
from tunesmith.wire.spec import JobSpec

VLLM_RANKS = (16, 32, 64, 128, 256, 320, 512)
"""That `--max-lora-rank` may be; 16 is its default."""
_ROLES = {"model": "assistant"}


def use_section(run: TrainedRun, *, is_adapter: bool, encoder: Encoder) -> Iterator[str]:
    """Lines of Markdown: transformers or PEFT, then vLLM."""
    base = " and BASE where its base model lies" if is_adapter and not run.hub_name else ""
    yield f"FOLDER is where this file lies{base}; `<name>` stands for a value of the row."
    yield ""
    yield from _fenced("python", [*_load(run, is_adapter), *_ask(run.spec, encoder)])
    yield ""
    yield from _vllm(run, is_adapter)


def _load(run: TrainedRun, is_adapter: bool) -> Iterator[str]:
    if is_adapter:
        yield "from peft import PeftModel"
    yield "from transformers import AutoModelForCausalLM, AutoTokenizer"
    yield ""
    yield 'tokenizer = AutoTokenizer.from_pretrained("FOLDER")'
    if not is_adapter:
        yield 'model = AutoModelForCausalLM.from_pretrained("FOLDER")'
        return
    yield f'base = AutoModelForCausalLM.from_pretrained("{run.hub_name or "BASE"}")'
    yield 'model = PeftModel.from_pretrained(base, "FOLDER").eval()'


def _ask(spec: JobSpec, encoder: Encoder) -> Iterator[str]:
    messages = _messages(spec)
    if messages is None:
        return
    if spec.template == "chat":
        turns = [{"role": _ROLES.get(m.role, m.role), "content": m.text} for m in messages]
        yield f"messages = {json.dumps(turns, ensure_ascii=False, indent=4)}"
        yield "inputs = tokenizer.apply_chat_template("
        yield '    messages, add_generation_prompt=True, return_dict=True, return_tensors="pt",'
        yield from (f"    {name}={value!r}," for name, value in spec.chat_template_kwargs.items())
        yield ")"
    else:
        try:
            ids = encoder.encode(messages, None, template="plain").ids
        except EncodeError:
            return
        yield f"text = {json.dumps(encoder.decode(ids), ensure_ascii=False)}"
        yield 'inputs = tokenizer(text, return_tensors="pt")'
    yield "output = model.generate(**inputs, do_sample=False, max_new_tokens=32)"
    yield 'answer = output[0, inputs["input_ids"].shape[1] :]'
    yield "print(tokenizer.decode(answer, skip_special_tokens=True))"


def _messages(spec: JobSpec) -> tuple[Message, ...] | None:
    """The prompt with each variable's name in place of its value; None where that is no prompt."""
    prompt = replace(parse(spec.prompt.text), defaults=spec.prompt.defaults)
    used = {variable.name for variable in variables(prompt, spec.prompt.partials)}
    names = used - target_names(spec.data) - set(spec.prompt.defaults)
    values = {name: f"<{name}>" for name in names}
    try:
        return render(prompt, values, partials=spec.prompt.partials, keep_target=False).messages
    except RenderError:
        return None


def _vllm(run: TrainedRun, is_adapter: bool) -> Iterator[str]:
    config = run.adapter_config
    if not is_adapter:
        yield from _fenced("sh", ["vllm serve FOLDER"])
    elif config.get("peft_type") != "LORA" or config.get("use_dora"):
        way_out = ": export the run with `--merge`" if run.no_merge is None else ""
        yield f"vLLM does not load adapters of {run.spec.method}{way_out}."
    else:
        rank = next((rank for rank in VLLM_RANKS if rank >= int(config["r"])), VLLM_RANKS[-1])
        options = f"--enable-lora --max-lora-rank {rank} --lora-modules tuned=FOLDER"
        yield from _fenced("sh", [f"vllm serve {run.hub_name or 'BASE'} {options}"])


def _fenced(language: str, lines: list[str]) -> Iterator[str]:
    yield from fenced("\n".join(lines), language)


def fenced(text: str, language: str = "") -> Iterator[str]:
    """A block that shows the text as it is, whatever fences stand in it."""
    fence = "```"
    while fence in text:
        fence += "`"
    yield f"{fence}{language}"
    yield text.rstrip("\n")
    yield fence
