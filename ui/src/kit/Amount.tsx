/** A value with its unit in a quieter colour, and the exact value on hover. */
export function Amount({ value, unit, exact }: { value: string; unit: string; exact?: string }) {
  return (
    <span className="tabular whitespace-nowrap" title={exact}>
      {value}
      {unit !== '' && <span className="text-text-3">{` ${unit}`}</span>}
    </span>
  );
}
