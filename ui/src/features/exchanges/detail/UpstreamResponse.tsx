/** What the provider answered. */
import { MessageView } from './MessageView';
import type { ViewProps } from './Views';

export function UpstreamResponse({ detail, form, onForm }: ViewProps) {
  return (
    <MessageView
      name="upstream-response"
      message={detail.upstream_response}
      pair={{ before: detail.upstream_response, after: detail.client_response }}
      summary={detail.summary}
      form={form}
      onForm={onForm}
    />
  );
}
