"""The ollama package."""
import ollama
import pydantic

from facts import KEY, PNG, TASK, URL, raised, read_file, tell


def client_with(key):
    return ollama.Client(host=URL, headers={"Authorization": f"Bearer {key}"})


client = client_with(KEY)
hello = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hi"}]


class City(pydantic.BaseModel):
    city: str


def counts(answer):
    return [answer.prompt_eval_count, answer.eval_count]


def whole(model):
    answer = client.chat(model=model, messages=hello)
    return [answer.message.content, *counts(answer)]


def stream(model):
    lines = list(client.chat(model=model, messages=hello, stream=True))
    return ["".join(line.message.content or "" for line in lines), *counts(lines[-1])]


def tool(model):
    messages = [{"role": "user", "content": TASK}]
    lines = list(client.chat(model=model, messages=messages, tools=[read_file], stream=True))
    [call] = [call for line in lines for call in line.message.tool_calls or []]
    messages.append({"role": "assistant", "content": "", "tool_calls": [call]})
    found = read_file(**call.function.arguments)
    messages.append({"role": "tool", "tool_name": call.function.name, "content": found})
    return client.chat(model=model, messages=messages, tools=[read_file]).message.content


def generate(model):
    return client.generate(model=model, prompt="Hi").response


def image(model):
    message = {"role": "user", "content": "What is this?", "images": [PNG]}
    return client.chat(model=model, messages=[message]).message.content


def schema(model):
    answer = client.chat(model=model, messages=hello, format=City.model_json_schema())
    return City.model_validate_json(answer.message.content).city


def described(model):
    return "tools" in client.show(model).capabilities


def listed(model):
    return len(client.list().models) > 0


def unknown(_):
    return raised(lambda: client.chat(model="nowhere", messages=hello))


def refused(model):
    return raised(lambda: client_with("wrong").chat(model=model, messages=hello))


tell(whole, stream, tool, generate, image, schema, described, listed, unknown, refused)
