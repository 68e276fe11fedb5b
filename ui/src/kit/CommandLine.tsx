/** A line for a shell, with its copy button. */
import { CopyButton } from './CopyButton';

export function CommandLine({ command, copyName }: { command: string; copyName: string }) {
  return (
    <div className="relative w-full rounded-panel border border-line-2 bg-surface-2">
      <div className="absolute top-4 right-4 rounded-control bg-surface-2">
        <CopyButton text={command} name={copyName} size="small" />
      </div>
      <pre
        tabIndex={0}
        className="overflow-x-auto rounded-panel py-8 pr-48 pl-12 text-12 leading-[1.1875rem]"
      >
        {command}
      </pre>
    </div>
  );
}
