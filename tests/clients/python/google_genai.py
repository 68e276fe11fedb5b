"""The google-genai package."""
import pydantic
from google import genai
from google.genai import types

from facts import KEY, PNG, SCHEMA, TASK, URL, raised, read_file, tell


def client_with(key):
    return genai.Client(api_key=key, http_options=types.HttpOptions(base_url=URL))


client = client_with(KEY)
declared = types.FunctionDeclaration(
    name="read_file", description="What a file says.", parameters_json_schema=SCHEMA
)
tools = types.GenerateContentConfig(tools=[types.Tool(function_declarations=[declared])])


class City(pydantic.BaseModel):
    city: str


def counts(answer):
    return [answer.usage_metadata.prompt_token_count, answer.usage_metadata.candidates_token_count]


def whole(model):
    config = types.GenerateContentConfig(system_instruction="Be short.")
    answer = client.models.generate_content(model=model, contents="Hi", config=config)
    return [answer.text, *counts(answer)]


def stream(model):
    chunks = list(client.models.generate_content_stream(model=model, contents="Hi"))
    return ["".join(chunk.text or "" for chunk in chunks), *counts(chunks[-1])]


def tool(model):
    contents = [types.Content(role="user", parts=[types.Part(text=TASK)])]
    answer = client.models.generate_content(model=model, contents=contents, config=tools)
    [call] = answer.function_calls
    contents.append(answer.candidates[0].content)
    found = {"result": read_file(**call.args)}
    result = types.FunctionResponse(id=call.id, name=call.name, response=found)
    contents.append(types.Content(role="user", parts=[types.Part(function_response=result)]))
    return client.models.generate_content(model=model, contents=contents, config=tools).text


def chat(model):
    """A chat that calls a function by itself, streaming."""
    config = types.GenerateContentConfig(tools=[read_file])
    chunks = client.chats.create(model=model, config=config).send_message_stream(TASK)
    return "".join(chunk.text or "" for chunk in chunks).removeprefix("Looking.")


def image(model):
    parts = ["What is this?", types.Part.from_bytes(data=PNG, mime_type="image/png")]
    return client.models.generate_content(model=model, contents=parts).text


def schema(model):
    config = types.GenerateContentConfig(response_mime_type="application/json", response_schema=City)
    return client.models.generate_content(model=model, contents="Hi", config=config).parsed.city


def counted(model):
    words = "How many tokens are these words?"
    return 3 < client.models.count_tokens(model=model, contents=words).total_tokens < 30


def listed(model):
    return any(found.name == f"models/{model}" for found in client.models.list())


def unknown(_):
    return raised(lambda: client.models.generate_content(model="nowhere", contents="Hi"))


def refused(model):
    stranger = client_with("wrong")
    return raised(lambda: stranger.models.generate_content(model=model, contents="Hi"))


tell(whole, stream, tool, chat, image, schema, counted, unknown, refused)
