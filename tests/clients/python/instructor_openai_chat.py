"""instructor, which fills in a class: with a tool, with JSON that is asked for in words, and with a schema."""
import instructor
import openai
import pydantic

from facts import KEY, URL, tell

client = openai.OpenAI(base_url=f"{URL}/v1", api_key=KEY, max_retries=0)
hello = [{"role": "user", "content": "Hi"}]


class City(pydantic.BaseModel):
    city: str


def city(mode, model):
    asking = instructor.from_openai(client, mode=mode)
    return asking.chat.completions.create(
        model=model, messages=hello, response_model=City, max_retries=0
    ).city


def tools(model):
    return city(instructor.Mode.TOOLS, model)


def strict_tools(model):
    return city(instructor.Mode.TOOLS_STRICT, model)


def schema(model):
    return city(instructor.Mode.JSON_SCHEMA, model)


def partly(model):
    asking = instructor.from_openai(client, mode=instructor.Mode.TOOLS)
    *_, last = asking.chat.completions.create_partial(
        model=model, messages=hello, response_model=City, max_retries=0
    )
    return last.city


tell(tools, strict_tools, schema, partly)
