/**
 * The guides' example requests, one a file, by the number of the guide; and the server that they are sent to. In a
 * file: `request` as it stands there, `expect` the name of the check for its answer (`answers.mjs`), `sdk` the base
 * URL's path where the guide uses the SDK, `python` how where it is a Python program, `carries` the parameters that
 * must get to the provider, and `becomes` what its guide says the other protocol's provider is sent.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { providerKey, startProvider } from '../../harness/provider.mjs';
import { startServer } from '../../harness/server.mjs';

const folder = join(import.meta.dirname, 'examples');
const guides = readdirSync(folder).sort();
export const examples = guides.flatMap((guide) =>
  readdirSync(join(folder, guide))
    .sort()
    .map((name) => ({ guide, ...JSON.parse(readFileSync(join(folder, guide, name), 'utf8')) })),
);

/** The models that the guides name, each as an alias; a request may also name none. */
export const models = [...new Set(examples.map(({ request }) => request.body?.model).filter(Boolean))];

/** All those models lead to the offline model, or to one provider. */
const configTo = (protocol, url) => {
  const target = protocol === 'echo' ? 'echo/echo' : 'provider/m-1';
  const aliases = models.map((name) => `[[aliases]]\nname = "${name}"\ntargets = ["${target}"]\n`);
  const provider = `
[[providers]]
id = "provider"
protocol = "${protocol}"
base_url = "${url}/v1"

[[accounts]]
id = "provider-main"
provider = "provider"
key = { env = "PROVIDER_KEY" }
`;
  return aliases.join('\n') + (protocol === 'echo' ? '' : provider);
};

/** A server whose only provider speaks `protocol` and calls every tool it may; `{ provider, server, stop }`. */
export async function startFor(protocol) {
  const provider = await startProvider({ eager: true });
  const server = await startServer({
    top: 'default_model = "llama2"\n',
    config: configTo(protocol, provider.url),
    env: { PROVIDER_KEY: providerKey },
  });
  const stop = async () => {
    await server.stop();
    await provider.stop();
  };
  return { provider, server, stop };
}
