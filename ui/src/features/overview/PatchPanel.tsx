/** Today's patches drawn: clients left, providers right, a cable's width is its requests. */

import { useQuery } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { useTranslation } from 'react-i18next';
import { queries } from '../../api/queries';
import type { Patch } from '../../api/types/Patch';
import { count } from '../../format';
import { useWidth } from '../../kit/use-width';
import { markOf, ProtocolMark } from '../../protocols/ProtocolMark';
import { board, type PatchNode } from './patches';

export function PatchPanel({ patches }: { patches: readonly Patch[] }) {
  const { t } = useTranslation(['overview', 'common']);
  const [frame, width] = useWidth<HTMLDivElement>();
  const { data: known = [] } = useQuery(queries.providers);
  const nameOf = new Map(known.map(({ id, name }) => [id, name]));
  const { clients, providers, edges } = board(patches);
  const clientName = (node: PatchNode) =>
    node.folded > 0 ? t('patched.others', { count: node.folded }) : (node.name ?? t('common:row.unnamed'));
  const providerName = (node: PatchNode) =>
    node.folded > 0
      ? t('patched.others', { count: node.folded })
      : (nameOf.get(node.name ?? '') ?? node.name ?? t('patched.noProvider'));

  const rows = Math.max(clients.length, providers.length);
  const pitch = rows <= 4 ? 40 : rows <= 6 ? 34 : 26;
  const height = rows * pitch;
  // Names get what is left of the width, the cables the middle third, or less where names would be nothing but dots.
  const inner = Math.max(240, width);
  const share = inner < 360 ? 0.4 : inner < 480 ? 0.35 : 0.29;
  const left = Math.round(inner * share);
  const right = inner - left;
  const place = (side: PatchNode[]) => {
    const top = (height - side.length * pitch) / 2;
    return new Map(side.map((node, index) => [node.key, top + (index + 0.5) * pitch]));
  };
  const clientAt = place(clients);
  const providerAt = place(providers);
  const busiest = edges[0]?.requests ?? 1;
  const total = edges.reduce((sum, edge) => sum + edge.requests, 0);
  const legend = [...new Set(edges.map(({ protocol }) => protocol))];

  return (
    <section aria-label={t('patched.title')} className="min-w-0 flex-1 py-16 pr-20 pl-20">
      <header className="flex flex-wrap items-baseline gap-x-8 gap-y-4 pb-8">
        <h2 className="font-strong">{t('patched.title')}</h2>
        <p className="min-w-0 flex-1 truncate text-12 text-text-3 @max-[519.98px]/main:invisible">
          {t('patched.what')}
        </p>
        <span className="flex flex-wrap gap-x-12 gap-y-4">
          {legend.map((protocol) => (
            <ProtocolMark key={protocol} protocol={protocol} show="name" />
          ))}
        </span>
      </header>
      <div ref={frame}>
        <svg
          role="img"
          aria-label={t('patched.summary', {
            clients: clients.length,
            requests: count(total),
            providers: providers.length,
          })}
          width={inner}
          height={height}
          className="block max-w-full text-12"
        >
          <g fill="none">
            {edges.map(({ from, to, protocol, requests }) => {
              const y1 = clientAt.get(from) ?? 0;
              const y2 = providerAt.get(to) ?? 0;
              const middle = (left + right) / 2;
              return (
                <path
                  key={`${from} ${to} ${protocol}`}
                  d={`M${left + 6} ${y1}C${middle} ${y1} ${middle} ${y2} ${right - 6} ${y2}`}
                  stroke="currentColor"
                  strokeWidth={1.5 + 3 * Math.sqrt(requests / busiest)}
                  className={markOf(protocol).ring}
                />
              );
            })}
          </g>
          <Jacks nodes={clients} at={clientAt} x={left} side="left" nameOf={clientName} room={left - 64} />
          <Jacks
            nodes={providers}
            at={providerAt}
            x={right}
            side="right"
            nameOf={providerName}
            room={inner - right - 64}
          />
        </svg>
      </div>
      <ul className="sr-only">
        {edges.map(({ from, to, protocol, requests }) => {
          const client = clients.find(({ key }) => key === from);
          const provider = providers.find(({ key }) => key === to);
          if (!client || !provider) return null;
          return (
            <li key={`${from} ${to} ${protocol}`}>
              {t('patched.sentence', {
                count: requests,
                client: clientName(client),
                provider: providerName(provider),
              })}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

interface JacksProps {
  nodes: PatchNode[];
  at: Map<string, number>;
  x: number;
  side: 'left' | 'right';
  nameOf: (node: PatchNode) => string;
  /** For the name, in px. */
  room: number;
}

function Jacks({ nodes, at, x, side, nameOf, room }: JacksProps) {
  const out = side === 'left' ? -1 : 1;
  const anchor = side === 'left' ? 'end' : 'start';
  return nodes.map((node) => {
    const y = at.get(node.key) ?? 0;
    const ring = node.protocol === null ? 'text-text-3' : markOf(node.protocol).ring;
    return (
      <g key={node.key}>
        <circle
          cx={x}
          cy={y}
          r="5.5"
          stroke="currentColor"
          strokeWidth="2"
          className={clsx('fill-surface-1', ring)}
        />
        <text x={x + out * 16} y={y + 4} textAnchor={anchor} className="fill-text-3 tabular">
          {count(node.requests)}
        </text>
        <text x={x + out * 56} y={y + 4} textAnchor={anchor} className="fill-text-1 text-13">
          <title>{nameOf(node)}</title>
          {shortened(nameOf(node), room)}
        </text>
      </g>
    );
  });
}

/** SVG text does not cut itself; 7 px is a wide letter of this size, 10 a capital, 13 a Chinese one or the dots. */
function shortened(name: string, room: number): string {
  const widthOf = (letter: string) => (letter > '\u2e7f' ? 13 : /\p{Lu}/u.test(letter) ? 10 : 7);
  const letters = [...name];
  const whole = letters.reduce((used, letter) => used + widthOf(letter), 0);
  if (whole <= room) return name;
  let left = room - 13;
  const cut = letters.findIndex((letter) => (left -= widthOf(letter)) < 0);
  return `${letters.slice(0, Math.max(1, cut)).join('').trimEnd()}…`;
}
