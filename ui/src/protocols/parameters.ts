/** The parameters as they are typed, and what they mean. */
import type { Effort, Parameters } from './wire';

/** Numbers as text, so that a wrong one stays in its field. */
export interface TypedParameters {
  maxTokens: string;
  temperature: string;
  topP: string;
  /** One stop sequence a line. */
  stop: string;
  stream: boolean;
  effort: Effort | '';
  images: boolean;
}

export const usualParameters: TypedParameters = {
  maxTokens: '',
  temperature: '',
  topP: '',
  stop: '',
  stream: true,
  effort: '',
  images: false,
};

export const numberFields = ['maxTokens', 'temperature', 'topP'] as const;

export type NumberField = (typeof numberFields)[number];

const ranges: Record<NumberField, (value: number) => boolean> = {
  maxTokens: (value) => Number.isInteger(value) && value >= 1,
  temperature: (value) => value >= 0 && value <= 2,
  topP: (value) => value >= 0 && value <= 1,
};

/** Whether what stands in the field can be sent; an empty one can, it is left out. */
export function isSound(field: NumberField, typed: string): boolean {
  const text = typed.trim();
  return text === '' || ranges[field](Number(text));
}

/** Null if a number is out of its range. */
export function readParameters(typed: TypedParameters): Parameters | null {
  if (!numberFields.every((field) => isSound(field, typed[field]))) return null;
  const number = (text: string) => (text.trim() === '' ? null : Number(text));
  return {
    maxTokens: number(typed.maxTokens),
    temperature: number(typed.temperature),
    topP: number(typed.topP),
    stop: typed.stop.split('\n').filter((line) => line !== ''),
    stream: typed.stream,
    effort: typed.effort === '' ? null : typed.effort,
    images: typed.images,
  };
}
