"""LangChain with its model of Anthropic's messages."""
from langchain_anthropic import ChatAnthropic

from facts import KEY, URL
from langchain_facts import tell_of

tell_of(lambda model: ChatAnthropic(base_url=URL, api_key=KEY, model=model, max_retries=0, max_tokens=200))
