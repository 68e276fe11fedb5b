"""LangChain with its model of OpenAI's responses."""
from langchain_openai import ChatOpenAI

from facts import KEY, URL
from langchain_facts import tell_of

tell_of(
    lambda model: ChatOpenAI(
        base_url=f"{URL}/v1", api_key=KEY, model=model, max_retries=0, use_responses_api=True
    )
)
