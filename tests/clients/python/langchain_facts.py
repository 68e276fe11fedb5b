"""What LangChain finds out, with whichever of its models; its own agent makes the round with the tool."""
import base64

import pydantic
from langchain.agents import create_agent
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool as as_tool

from facts import PNG, TASK, raised, read_file, tell


class City(pydantic.BaseModel):
    """A city."""

    city: str


def told(message):
    usage = message.usage_metadata
    return [message.text, usage["input_tokens"], usage["output_tokens"]]


def tell_of(make):
    """`make` gives LangChain's model for a name."""
    hello = [("system", "Be short."), ("human", "Hi")]

    def whole(model):
        return told(make(model).invoke(hello))

    def stream(model):
        message = None
        for chunk in make(model).stream(hello):
            message = chunk if message is None else message + chunk
        return told(message)

    def tool(model):
        agent = create_agent(make(model), [as_tool(read_file)])
        return agent.invoke({"messages": [("human", TASK)]})["messages"][-1].text

    def image(model):
        url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
        parts = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": url}}]
        return make(model).invoke([HumanMessage(content=parts)]).text

    def schema(model):
        return make(model).with_structured_output(City, method="json_schema").invoke(hello).city

    def unknown(_):
        return raised(lambda: make("nowhere").invoke(hello))

    tell(whole, stream, tool, image, schema, unknown)
