/** What the whole page knows of a protocol. How it is spoken is known where it is spoken: speaker.ts. */

export interface Protocol {
  /** Two letters, and the class of the ring's colour. */
  mark: { code: string; ring: string };
  /** Whether the page speaks it as clients do: it has a speaker. */
  client: boolean;
  /** Whether a provider can be called in it. */
  upstream: boolean;
  /** How programs are set up that want it; none where they are set up for another. */
  form?: ClientForm;
}

export interface ClientForm {
  value: string;
  /** As its programs name it. */
  label: string;
  /** What follows host and port in the base URL. */
  path: string;
  /** The environment variable that most of its programs read. */
  variable: string;
  /** Programs that want this form, for people who look for theirs. */
  clients: string;
  /** Path below host and port, the header that carries an access key, and a body that the built-in echo answers. */
  first: { path: string; key: string; body: unknown };
}
