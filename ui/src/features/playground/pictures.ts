/** Takes pictures in: from files that are pasted, dropped or picked. */
import type { Picture } from '../../protocols/conversation';

export const accepted = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;

/** Providers take between 5 and 20 MB; more than this is refused by most. */
export const largestBytes = 10 * 1024 * 1024;
export const mostPictures = 10;

/** Why a file is not taken, as a key of `playground:picture`. */
export interface Refused {
  name: string;
  reason: 'kind' | 'large' | 'many' | 'unreadable';
}

export interface Taken {
  pictures: Picture[];
  refused: Refused[];
}

/** Reads `files`, of which at most `room` are taken. */
export async function takePictures(files: readonly File[], room: number): Promise<Taken> {
  const all = await Promise.all(
    files.map((file, at) => (at < room ? take(file) : { name: file.name, reason: 'many' as const })),
  );
  return {
    pictures: all.filter((one) => 'id' in one),
    refused: all.filter((one) => 'reason' in one),
  };
}

async function take(file: File): Promise<Picture | Refused> {
  const { name } = file;
  if (file.size > largestBytes) return { name, reason: 'large' };
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const mediaType = sniff(bytes);
    if (mediaType === null) return { name, reason: 'kind' };
    const [width, height] = await dimensions(file);
    return {
      id: crypto.randomUUID(),
      name,
      mediaType,
      data: base64(bytes),
      bytes: bytes.length,
      width,
      height,
    };
  } catch {
    return { name, reason: 'unreadable' };
  }
}

/** By the first bytes: names and clipboards are often wrong. */
export function sniff(bytes: Uint8Array): (typeof accepted)[number] | null {
  const text = String.fromCharCode(...bytes.subarray(0, 12));
  if (text.startsWith('\u0089PNG')) return 'image/png';
  if (text.startsWith('\u00ff\u00d8\u00ff')) return 'image/jpeg';
  if (text.startsWith('GIF8')) return 'image/gif';
  if (text.startsWith('RIFF') && text.slice(8) === 'WEBP') return 'image/webp';
  return null;
}

async function dimensions(file: Blob): Promise<[number, number] | [null, null]> {
  if (typeof createImageBitmap === 'undefined') return [null, null];
  try {
    const bitmap = await createImageBitmap(file);
    const size: [number, number] = [bitmap.width, bitmap.height];
    bitmap.close();
    return size;
  } catch {
    return [null, null];
  }
}

function base64(bytes: Uint8Array): string {
  // In slices: a call takes only so many arguments.
  let binary = '';
  for (let at = 0; at < bytes.length; at += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(binary);
}

/** The image files among what was pasted or dropped. */
export function imageFiles(data: DataTransfer | null): File[] {
  return [...(data?.files ?? [])].filter(({ type }) => type.startsWith('image/'));
}
