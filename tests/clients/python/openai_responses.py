"""The openai package: responses."""
import base64
import json

import openai
import pydantic

from facts import KEY, PNG, SCHEMA, TASK, URL, raised, read_file, tell

client = openai.OpenAI(base_url=f"{URL}/v1", api_key=KEY, max_retries=0)
tools = [{"type": "function", "name": "read_file", "parameters": SCHEMA, "strict": False}]


class City(pydantic.BaseModel):
    city: str


def whole(model):
    answer = client.responses.create(model=model, instructions="Be short.", input="Hi")
    return [answer.output_text, answer.usage.input_tokens, answer.usage.output_tokens]


def stream(model):
    events = list(client.responses.create(model=model, input="Hi", stream=True))
    said = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    usage = events[-1].response.usage
    return [said, usage.input_tokens, usage.output_tokens]


def tool(model):
    items = [{"role": "user", "content": TASK}]
    with client.responses.stream(model=model, input=items, tools=tools, store=False) as events:
        answer = events.get_final_response()
    [call] = [item for item in answer.output if item.type == "function_call"]
    items += [item.to_dict() for item in answer.output]
    found = read_file(**json.loads(call.arguments))
    items.append({"type": "function_call_output", "call_id": call.call_id, "output": found})
    return client.responses.create(model=model, input=items, tools=tools, store=False).output_text


def remembered(model):
    """The same round by the id of the reply, without sending the conversation again."""
    first = client.responses.create(model=model, input=TASK, tools=tools)
    [call] = [item for item in first.output if item.type == "function_call"]
    found = read_file(**json.loads(call.arguments))
    items = [{"type": "function_call_output", "call_id": call.call_id, "output": found}]
    second = client.responses.create(model=model, previous_response_id=first.id, input=items, tools=tools)
    return second.output_text


def image(model):
    url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    parts = [{"type": "input_text", "text": "What is this?"}, {"type": "input_image", "image_url": url}]
    return client.responses.create(model=model, input=[{"role": "user", "content": parts}]).output_text


def schema(model):
    return client.responses.parse(model=model, input="Hi", text_format=City).output_parsed.city


def unknown(_):
    return raised(lambda: client.responses.create(model="nowhere", input="Hi"))


def refused(model):
    return raised(lambda: client.with_options(api_key="wrong").responses.create(model=model, input="Hi"))


tell(whole, stream, tool, remembered, image, schema, unknown, refused)
