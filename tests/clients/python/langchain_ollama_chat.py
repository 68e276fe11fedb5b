"""LangChain with its model of Ollama."""
from langchain_ollama import ChatOllama

from facts import KEY, URL
from langchain_facts import tell_of

headers = {"headers": {"Authorization": f"Bearer {KEY}"}}
tell_of(lambda model: ChatOllama(base_url=URL, model=model, client_kwargs=headers))
