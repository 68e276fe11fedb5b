/** A sentence with names that a machine reads between backticks, as the server marks them. */

export function WithCode({ text }: { text: string }) {
  return text.split('`').map((piece, index) =>
    index % 2 === 1 ? (
      // The pieces of one sentence have no other name.
      <code key={index} className="font-mono text-12">
        {piece}
      </code>
    ) : (
      piece
    ),
  );
}
