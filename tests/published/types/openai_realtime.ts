/** What realtime clients are sent: the events of OpenAI's SDK, in its words of today and in its first ones. */
import type {
  RealtimeResponse as FirstResponse,
  RealtimeServerEvent as FirstServerEvent,
} from 'openai/resources/beta/realtime/realtime';
import type { Session as FirstSession } from 'openai/resources/beta/realtime/sessions';
import type {
  RealtimeResponse,
  RealtimeServerEvent,
  RealtimeSessionCreateRequest,
} from 'openai/resources/realtime/realtime';

export type Beta = Told<
  FirstServerEvent,
  FirstResponse,
  Named<FirstSession> & { object: 'realtime.session' }
>;
export type Ga = Told<
  RealtimeServerEvent,
  RealtimeResponse,
  Named<RealtimeSessionCreateRequest> & { id: string; object: 'realtime.session' }
>;

// The vendor sends null where nothing is known yet, and models of all names.
type Unknown = 'conversation_id' | 'status_details' | 'usage';
type Told<Events, Reply, Session> = Events extends infer Event
  ? Event extends { response: Reply }
    ? Omit<Event, 'response'> & { response: WithNull<Event['response']> }
    : Event extends { type: 'session.created' | 'session.updated' }
      ? Omit<Event, 'session'> & { session: Session }
      : Event
  : never;
type WithNull<Reply> = Omit<Reply, Unknown> & {
  [Field in keyof Reply & Unknown]: Reply[Field] | null;
};
type Named<Session> = Omit<Session, 'model'> & { model?: string };
