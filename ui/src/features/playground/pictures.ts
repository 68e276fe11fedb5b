/** Takes pictures in: from files that are pasted, dropped or picked. */
import { count, size } from '../../format';
import type { Picture } from '../../protocols/conversation';
import { sniff } from '../../protocols/media-type';

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

/** `1,280 × 812, 96 KB` */
export function facts({ width, height, bytes }: Pick<Picture, 'width' | 'height' | 'bytes'>): string {
  const pixels = width === null || height === null ? [] : [`${count(width)} × ${count(height)}`];
  return [...pixels, size(bytes)].join(', ');
}

/** The image files among what was pasted or dropped. */
export function imageFiles(data: DataTransfer | null): File[] {
  return [...(data?.files ?? [])].filter(({ type }) => type.startsWith('image/'));
}
