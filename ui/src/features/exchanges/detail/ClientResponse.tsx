/** What the client was answered. */
import { LossFoot } from './LossFoot';
import { MessageView } from './MessageView';
import type { ViewProps } from './Views';

export function ClientResponse({ detail, form, onForm, onView }: ViewProps) {
  return (
    <>
      <MessageView
        name="client-response"
        message={detail.client_response}
        pair={{ before: detail.upstream_response, after: detail.client_response }}
        summary={detail.summary}
        form={form}
        onForm={onForm}
      />
      <LossFoot losses={detail.losses} onAll={() => onView('losses')} />
    </>
  );
}
