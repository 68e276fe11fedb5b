"""LiteLLM as a client, speaking the protocol that the name of its model begins with."""
import base64
import json
import os

import litellm
import pydantic

from facts import KEY, PNG, SCHEMA, TASK, URL, raised, read_file, tell

base = {
    "openai": f"{URL}/v1",
    "anthropic": URL,
    "gemini": f"{URL}/v1beta",
    "ollama_chat": URL,
}
prefix = os.environ["PREFIX"]
tools = [
    {"type": "function", "function": {"name": "read_file", "description": "Reads.", "parameters": SCHEMA}}
]
hello = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hi"}]


class City(pydantic.BaseModel):
    city: str


def ask(model, messages, **more):
    return litellm.completion(
        model=f"{prefix}/{model}", messages=messages, api_base=base[prefix], api_key=KEY, num_retries=0, **more
    )


def told(text, usage):
    return [text, usage.prompt_tokens, usage.completion_tokens]


def whole(model):
    answer = ask(model, hello)
    return told(answer.choices[0].message.content, answer.usage)


def stream(model):
    chunks = list(ask(model, hello, stream=True, stream_options={"include_usage": True}))
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    return told(said, chunks[-1].usage)


def tool(model):
    messages = [{"role": "user", "content": TASK}]
    chunks = list(ask(model, messages, tools=tools, stream=True))
    message = litellm.stream_chunk_builder(chunks, messages=messages).choices[0].message
    [call] = message.tool_calls
    messages.append(message.model_dump(exclude_none=True))
    found = read_file(**json.loads(call.function.arguments))
    messages.append({"role": "tool", "tool_call_id": call.id, "name": call.function.name, "content": found})
    return ask(model, messages, tools=tools).choices[0].message.content


def image(model):
    url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    parts = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": url}}]
    return ask(model, [{"role": "user", "content": parts}]).choices[0].message.content


def schema(model):
    content = ask(model, hello, response_format=City).choices[0].message.content
    return City.model_validate_json(content).city


def unknown(_):
    return raised(lambda: ask("nowhere", hello))


tell(whole, stream, tool, image, schema, unknown)
