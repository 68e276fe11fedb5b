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
