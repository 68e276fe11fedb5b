/** Numbers, sizes and times as people of each language read them. Unknown is a dash, never a zero. */
import i18next from 'i18next';

/** What stands where a value is not known. */
export const unknown = '–';

type Maybe = number | null | undefined;

const formats = new Map<string, Intl.NumberFormat>();

function number(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${i18next.language} ${JSON.stringify(options)}`;
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.NumberFormat(i18next.language, options)));
  return format;
}

/** `98,204` */
export function count(value: Maybe): string {
  return value === null || value === undefined ? unknown : number({}).format(value);
}

/** A value and its unit apart, so that the unit can stand in a quieter colour. */
export interface Measure {
  value: string;
  unit: string;
}

/** Large counts in few digits: `412`, `96.2 K`, `1.84 M`. The same letters in both languages. */
export function amount(value: Maybe): Measure {
  if (value === null || value === undefined) return { value: unknown, unit: '' };
  const [scale, unit] = value >= 999_500 ? [1_000_000, 'M'] : value >= 10_000 ? [1_000, 'K'] : [1, ''];
  return { value: number({ maximumSignificantDigits: scale === 1 ? 21 : 3 }).format(value / scale), unit };
}

/** `71%` */
export function percent(share: number): string {
  return number({ style: 'percent', maximumFractionDigits: 0 }).format(share);
}

/** A duration in seconds with the digits that matter: `<0.01 s`, `0.04 s`, `12.4 s`, `182 s`. */
export function seconds(milliseconds: Maybe, digits = 1): Measure {
  if (milliseconds === null || milliseconds === undefined) return { value: unknown, unit: '' };
  const unit = i18next.t('unit.second');
  if (digits < 3 && milliseconds < 5) return { value: `<${number({}).format(0.01)}`, unit };
  const fraction = milliseconds < 50 ? Math.max(digits, 2) : milliseconds < 100_000 ? digits : 0;
  const value = number({ minimumFractionDigits: fraction, maximumFractionDigits: fraction });
  return { value: value.format(milliseconds / 1000), unit };
}

/** A long duration in its two largest units: `3 h 12 min`. */
export function span(milliseconds: number): string {
  const total = Math.max(0, Math.floor(milliseconds / 1000));
  const parts: [number, string][] = [
    [Math.floor(total / 86_400), i18next.t('unit.day')],
    [Math.floor(total / 3600) % 24, i18next.t('unit.hour')],
    [Math.floor(total / 60) % 60, i18next.t('unit.minute')],
    [total % 60, i18next.t('unit.second')],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (first === -1) return `0 ${i18next.t('unit.second')}`;
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${count(value)} ${unit}`)
    .join(' ');
}

/** `11.8 KB`; a KB is 1,024 bytes, as in the configuration. */
export function size(bytes: Maybe): string {
  if (bytes === null || bytes === undefined) return unknown;
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${number({ maximumSignificantDigits: 3 }).format(value)} ${units[unit]}`;
}

type Moment = number | string | Date;

/** The time of day to the second, in 24 hours: `14:22:07`. */
export function clock(moment: Moment): string {
  return new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).format(new Date(moment));
}

/** `14:22:07` today, `11-20 14:22` before: the order that both languages read the same way. */
export function shortly(at: Moment, now: Moment = Date.now()): string {
  const date = new Date(at);
  if (date.getTime() >= new Date(now).setHours(0, 0, 0, 0)) return clock(date);
  const day = [date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, '0'));
  return `${day.join('-')} ${clock(date).slice(0, 5)}`;
}

/** The exact moment, for tooltips: date, time to the millisecond, and zone. */
export function exact(at: Moment): string {
  return new Intl.DateTimeFormat(i18next.language, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
    timeZoneName: 'short',
  }).format(new Date(at));
}
