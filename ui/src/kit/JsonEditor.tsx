/** JSON to write: a tool, a schema. What is wrong is marked where it is wrong. */
import { CodeSurface } from './CodeView';

interface JsonEditorProps {
  value: string;
  onChange: (value: string) => void;
  label: string;
  placeholder?: string;
  /** In px; the editor scrolls inside. */
  height?: number;
}

export function JsonEditor({ value, onChange, label, placeholder = '', height = 200 }: JsonEditorProps) {
  return (
    <div
      className="flex flex-col overflow-hidden rounded-control border border-line-3 focus-within:outline-2 focus-within:outline-focus"
      style={{ height }}
    >
      <CodeSurface
        text={value}
        label={label}
        language="json"
        wrap={false}
        onChange={onChange}
        placeholder={placeholder}
      />
    </div>
  );
}
