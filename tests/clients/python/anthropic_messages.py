"""The anthropic package."""
import base64

import anthropic
import pydantic

from facts import KEY, PNG, SCHEMA, TASK, URL, raised, read_file, tell

client = anthropic.Anthropic(base_url=URL, api_key=KEY, max_retries=0)
tools = [{"name": "read_file", "description": "What a file says.", "input_schema": SCHEMA}]
hello = {"max_tokens": 200, "system": "Be short.", "messages": [{"role": "user", "content": "Hi"}]}


class City(pydantic.BaseModel):
    city: str


def facts_of(message):
    return [message.content[0].text, message.usage.input_tokens, message.usage.output_tokens]


def whole(model):
    return facts_of(client.messages.create(model=model, **hello))


def stream(model):
    with client.messages.stream(model=model, **hello) as events:
        said = "".join(events.text_stream)
        return [said, *facts_of(events.get_final_message())[1:]]


def tool(model):
    messages = [{"role": "user", "content": TASK}]
    with client.messages.stream(model=model, max_tokens=200, messages=messages, tools=tools) as events:
        message = events.get_final_message()
    [call] = [block for block in message.content if block.type == "tool_use"]
    messages.append({"role": "assistant", "content": [block.to_dict() for block in message.content]})
    result = {"type": "tool_result", "tool_use_id": call.id, "content": read_file(**call.input)}
    messages.append({"role": "user", "content": [result]})
    answer = client.messages.create(model=model, max_tokens=200, messages=messages, tools=tools)
    return answer.content[0].text


def image(model):
    data = base64.b64encode(PNG).decode()
    source = {"type": "base64", "media_type": "image/png", "data": data}
    parts = [{"type": "image", "source": source}, {"type": "text", "text": "What is this?"}]
    messages = [{"role": "user", "content": parts}]
    return client.messages.create(model=model, max_tokens=200, messages=messages).content[0].text


def schema(model):
    return client.messages.parse(model=model, output_format=City, **hello).parsed_output.city


def counted(model):
    messages = [{"role": "user", "content": "How many tokens are these words?"}]
    return 3 < client.messages.count_tokens(model=model, messages=messages).input_tokens < 30


def unknown(_):
    return raised(lambda: client.messages.create(model="nowhere", **hello))


def refused(model):
    return raised(lambda: client.with_options(api_key="wrong").messages.create(model=model, **hello))


tell(whole, stream, tool, image, schema, counted, unknown, refused)
