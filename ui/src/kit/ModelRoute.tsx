/** The model that was asked for and, if another, the one that answered. */
export function ModelRoute({ asked, used }: { asked: string | null; used: string | null }) {
  return (
    <span className="font-mono text-12">
      {asked ?? used ?? '–'}
      {used !== null && asked !== null && used !== asked && (
        <span className="text-text-3">
          {' → '}
          {used}
        </span>
      )}
    </span>
  );
}
