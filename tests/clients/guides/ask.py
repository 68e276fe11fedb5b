"""Sends an example as a guide's Python code does: by `requests`, by the SDK, or by a chat model of LangChain.

The example is read from standard input; the reply is written as one JSON object: `whole`, `chunks` or `said`.
"""

import json
import sys

way, url = sys.argv[1:]
example = json.load(sys.stdin)
request, body = example["request"], example["request"]["body"]
key = request["headers"].get("Authorization", "Bearer none").removeprefix("Bearer ")


def by_requests():
    import requests

    stream = body.get("stream", False)
    answer = requests.post(url + request["path"], headers=request["headers"], json=body, stream=stream, timeout=60)
    answer.raise_for_status()
    if not stream:
        return {"whole": answer.json()}
    frames = [line.decode() for line in answer.iter_lines() if line]
    data = [frame[len("data: ") :] for frame in frames if frame.startswith("data: ")]
    return {"chunks": [json.loads(frame) for frame in data if frame != "[DONE]"]}


def by_sdk():
    from openai import OpenAI

    client = OpenAI(base_url=url + example["sdk"], api_key=key, max_retries=0)
    reply = client.chat.completions.create(**body)
    if not body.get("stream"):
        return {"whole": reply.model_dump(mode="json", exclude_unset=True)}
    return {"chunks": [chunk.model_dump(mode="json", exclude_unset=True) for chunk in reply]}


def by_chain():
    from langchain_core.messages import HumanMessage, SystemMessage
    from langchain_openai import ChatOpenAI

    roles = {"system": SystemMessage, "user": HumanMessage}
    messages = [roles[message["role"]](content=message["content"]) for message in body["messages"]]
    model = ChatOpenAI(api_key=key, base_url=url + example["sdk"], model=body["model"])
    return {"said": model.invoke(messages).content}


ways = {"chain": by_chain, "requests": by_requests, "sdk": by_sdk}
json.dump(ways[way](), sys.stdout)
