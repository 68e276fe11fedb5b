/** The kinds of pictures that models take. */

export const accepted = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;

/** By the first bytes: names and clipboards are often wrong. */
export function sniff(bytes: Uint8Array): (typeof accepted)[number] | null {
  const text = String.fromCharCode(...bytes.subarray(0, 12));
  if (text.startsWith('\u0089PNG')) return 'image/png';
  if (text.startsWith('\u00ff\u00d8\u00ff')) return 'image/jpeg';
  if (text.startsWith('GIF8')) return 'image/gif';
  if (text.startsWith('RIFF') && text.slice(8) === 'WEBP') return 'image/webp';
  return null;
}

/** Of base64. */
export function sniffBase64(data: string): ReturnType<typeof sniff> {
  try {
    return sniff(Uint8Array.from(atob(data.slice(0, 16)), (char) => char.charCodeAt(0)));
  } catch {
    return null;
  }
}

/** How many bytes base64 holds. */
export function bytesIn(data: string): number {
  return Math.floor((data.replace(/=+$/, '').length * 3) / 4);
}

/** What an address holds that is data itself. */
export function dataOfUrl(url: string): { mediaType: string; data: string } | null {
  const [, mediaType, data] = /^data:([^;,]+)(?:;[^;,]+)*?;base64,(.*)$/is.exec(url) ?? [];
  return mediaType === undefined || data === undefined ? null : { mediaType: mediaType.toLowerCase(), data };
}
