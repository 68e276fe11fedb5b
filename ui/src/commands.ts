/**
 * What the person can do right now: one registry for the palette, the keys and the list of keys.
 *
 * A screen calls `useCommands` with its own commands; they exist while it is shown.
 */
import { useEffect, useRef } from 'react';
import { create } from 'zustand';
import { useAppearance } from './appearance';

export interface Command {
  id: string;
  /** A verb first: it is what the palette lists. */
  label: string;
  /**
   * Keys such as `mod+k`, `shift+r`, `?` or `s`; several are alternatives. `mod` is Ctrl, or Cmd on macOS.
   * Keys without `mod` work only while no field has focus and no dialog is open.
   */
  keys?: string[];
  /** `go` for screens, `everywhere` for what always works; a screen's own commands have neither. */
  group?: 'go' | 'everywhere';
  /** Kept out of the palette: movements that make sense as keys only. */
  keyOnly?: boolean;
  run: () => void;
}

interface Registry {
  sets: Map<symbol, Command[]>;
}

const useRegistry = create<Registry>()(() => ({ sets: new Map() }));

function change(edit: (sets: Map<symbol, Command[]>) => void): void {
  useRegistry.setState(({ sets }) => {
    const copy = new Map(sets);
    edit(copy);
    return { sets: copy };
  });
}

/** Offers `commands` while the component is mounted. New closures each render are fine. */
export function useCommands(commands: Command[]): void {
  const latest = useRef(commands);
  useEffect(() => {
    latest.current = commands;
  });
  const shape = JSON.stringify(
    commands.map(({ id, label, keys, group, keyOnly }) => [id, label, keys, group, keyOnly]),
  );
  useEffect(() => {
    const owner = Symbol('commands');
    const offered = latest.current.map((command) => ({
      ...command,
      run: () => latest.current.find(({ id }) => id === command.id)?.run(),
    }));
    change((sets) => sets.set(owner, offered));
    return () => change((sets) => sets.delete(owner));
    // The closures are read when run; only the visible shape re-registers.
  }, [shape]);
}

/** All commands on offer; the newest first, so that a screen's come before the frame's. */
export function useAllCommands(): Command[] {
  const sets = useRegistry((registry) => registry.sets);
  return [...sets.values()].toReversed().flat();
}

const isMac = /mac/i.test(navigator.platform);

/** The name of what was pressed, in the form `Command.keys` uses. */
export function pressed(event: KeyboardEvent): string {
  const key = event.key.toLowerCase();
  const letter = /^[a-z0-9]$/.test(key);
  const parts: string[] = [];
  if (event.ctrlKey) parts.push(isMac ? 'ctrl' : 'mod');
  if (event.metaKey) parts.push(isMac ? 'mod' : 'meta');
  if (event.altKey) parts.push('alt');
  // For signs the shift is part of the sign: `?`, not `shift+?`.
  if (event.shiftKey && (letter || key.length > 1)) parts.push('shift');
  return [...parts, key].join('+');
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
    !/^(checkbox|radio|button|range)$/.test((target as HTMLInputElement).type)
  );
}

/** Space and Enter press what has the focus; links are followed by Enter only. */
function presses(name: string, target: EventTarget | null): boolean {
  if (!(target instanceof Element) || (name !== ' ' && name !== 'enter')) return false;
  const pressable = 'button, summary, [role="button"], [role="tab"], [role="switch"], [role="radio"]';
  return target.closest(name === 'enter' ? `${pressable}, a[href]` : pressable) !== null;
}

function isCovered(): boolean {
  const floating = '[data-radix-popper-content-wrapper]:not(:has([role="tooltip"]))';
  return document.querySelector(`[role="dialog"], [role="alertdialog"], ${floating}`) !== null;
}

/** Runs the command whose keys are pressed. Returns the way to stop. */
export function followKeys(): () => void {
  const follow = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || event.repeat) return;
    const name = pressed(event);
    const strong = name.startsWith('mod+') || /^f\d+$/.test(name);
    if (!strong && (isTyping(event.target) || isCovered() || presses(name, event.target))) return;
    if (!strong && name.length === 1 && name !== '?' && !useAppearance.getState().letterKeys) return;
    const commands = [...useRegistry.getState().sets.values()].toReversed().flat();
    const command = commands.find(({ keys }) => keys?.includes(name));
    if (!command) return;
    event.preventDefault();
    command.run();
  };
  window.addEventListener('keydown', follow);
  return () => window.removeEventListener('keydown', follow);
}
