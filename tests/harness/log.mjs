/** The request log of a server, read as its page does. */
import { until } from './processes.mjs';

/** Signs in once; `rows` waits until `least` exchanges have ended and returns all, oldest first. */
export async function openLog(server) {
  const answer = await fetch(await server.signInLink(), { redirect: 'manual' });
  const [cookie] = answer.headers.getSetCookie().map((given) => given.split(';')[0]);
  const page = async () => {
    const answer = await fetch(`${server.url}/admin/exchanges?limit=500`, { headers: { cookie } });
    if (!answer.ok) throw new Error(`The log answers ${answer.status}: ${await answer.text()}`);
    return (await answer.json()).exchanges;
  };
  return {
    rows: (least) =>
      until(`the log has ${least} rows`, async () => {
        const rows = await page();
        return rows.length >= least && rows.every(({ state }) => state !== 'streaming') && rows.reverse();
      }),
  };
}
