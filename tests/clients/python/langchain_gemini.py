"""LangChain with its model of Gemini."""
from langchain_google_genai import ChatGoogleGenerativeAI

from facts import KEY, URL
from langchain_facts import tell_of

tell_of(lambda model: ChatGoogleGenerativeAI(base_url=URL, api_key=KEY, model=model, max_retries=1))
