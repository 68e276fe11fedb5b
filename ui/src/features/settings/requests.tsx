/** What is done for requests that a provider cannot carry out by itself. */
import { useTranslation } from 'react-i18next';
import type { RequestSettings } from '../../api/types/RequestSettings';
import type { Settings } from '../../api/types/Settings';
import { NumberInput } from '../../kit/NumberInput';
import { Switch } from '../../kit/Switch';
import type { SettingsSection } from './rows';
import { useSave } from './use-save';

/** What the server takes. */
const mostChoices = 64;

const usual: RequestSettings = { parallel_choices: 1, fetch_images: false };

export function useRequestsSection(settings: Settings | undefined): SettingsSection {
  const { t } = useTranslation('settings');
  const requests = settings?.requests ?? usual;
  const choices = useSave(t('requests.choices'));
  const images = useSave(t('requests.images'));
  const commit = (value: number | null) => {
    if (value === requests.parallel_choices) choices.setError(undefined);
    else if (value === null || !Number.isInteger(value) || value < 1 || value > mostChoices)
      choices.setError(t('requests.choicesRange', { most: mostChoices }));
    else void choices.save({ requests: { parallel_choices: value } });
  };
  return {
    id: 'requests',
    title: t('requests.title'),
    rows: [
      {
        id: 'choices',
        label: t('requests.choices'),
        hint: requests.parallel_choices === 1 ? t('requests.choicesOff') : t('requests.choicesHint'),
        error: choices.error,
        words: 'n parallel_choices',
        control: (field) => (
          <NumberInput {...field} value={requests.parallel_choices} onCommit={commit} className="w-[88px]" />
        ),
      },
      {
        id: 'images',
        label: t('requests.images'),
        hint: requests.fetch_images ? t('requests.imagesHint') : t('requests.imagesOff'),
        error: images.error,
        words: 'fetch_images URL',
        control: (field) => (
          <Switch
            {...field}
            checked={requests.fetch_images}
            onChange={(fetch_images) => void images.save({ requests: { fetch_images } })}
          />
        ),
      },
    ],
  };
}
