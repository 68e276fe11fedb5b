"""The openai package: chat completions."""
import base64
import json

import openai
import pydantic

from facts import KEY, PNG, SCHEMA, TASK, URL, raised, read_file, tell

client = openai.OpenAI(base_url=f"{URL}/v1", api_key=KEY, max_retries=0)
tools = [{"type": "function", "function": {"name": "read_file", "parameters": SCHEMA}}]
hello = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hi"}]


class City(pydantic.BaseModel):
    city: str


def whole(model):
    answer = client.chat.completions.create(model=model, messages=hello)
    usage = answer.usage
    return [answer.choices[0].message.content, usage.prompt_tokens, usage.completion_tokens]


def stream(model):
    chunks = list(
        client.chat.completions.create(
            model=model, messages=hello, stream=True, stream_options={"include_usage": True}
        )
    )
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    usage = chunks[-1].usage
    return [said, usage.prompt_tokens, usage.completion_tokens]


def tool(model):
    messages = [{"role": "user", "content": TASK}]
    with client.chat.completions.stream(model=model, messages=messages, tools=tools) as events:
        message = events.get_final_completion().choices[0].message
    [call] = message.tool_calls
    messages.append(message.to_dict())
    found = read_file(**json.loads(call.function.arguments))
    messages.append({"role": "tool", "tool_call_id": call.id, "content": found})
    answer = client.chat.completions.create(model=model, messages=messages, tools=tools)
    return answer.choices[0].message.content


def image(model):
    url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    parts = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": url}}]
    answer = client.chat.completions.create(model=model, messages=[{"role": "user", "content": parts}])
    return answer.choices[0].message.content


def schema(model):
    answer = client.chat.completions.parse(model=model, messages=hello, response_format=City)
    return answer.choices[0].message.parsed.city


def unknown(_):
    return raised(lambda: client.chat.completions.create(model="nowhere", messages=hello))


def refused(model):
    stranger = client.with_options(api_key="wrong")
    return raised(lambda: stranger.chat.completions.create(model=model, messages=hello))


tell(whole, stream, tool, image, schema, unknown, refused)
