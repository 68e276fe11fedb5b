/** What was sent to the provider. */
import { LossFoot } from './LossFoot';
import { MessageView } from './MessageView';
import type { ViewProps } from './Views';

export function UpstreamRequest({ detail, form, onForm, onView }: ViewProps) {
  return (
    <>
      <MessageView
        name="upstream-request"
        message={detail.upstream_request}
        pair={{ before: detail.client_request, after: detail.upstream_request }}
        summary={detail.summary}
        form={form}
        onForm={onForm}
      />
      <LossFoot losses={detail.losses} onAll={() => onView('losses')} />
    </>
  );
}
