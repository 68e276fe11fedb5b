/** Who signs in: a person, or a member of an organisation with a start page of its own. */
import { useTranslation } from 'react-i18next';
import { Field } from '../../kit/Field';
import { Segmented } from '../../kit/Segmented';
import { TextInput } from '../../kit/TextInput';
import type { LoginDraft, LoginErrors } from './login';

interface LoginFieldsProps {
  draft: LoginDraft;
  onChange: (draft: LoginDraft) => void;
  errors: LoginErrors;
}

const places = [
  {
    name: 'start_url',
    label: 'login.startUrl',
    hint: 'login.startUrlHint',
    example: 'https://d-1234567890.awsapps.com/start',
  },
  { name: 'region', label: 'login.region', hint: 'login.regionHint', example: 'us-east-1' },
  { name: 'profile', label: 'login.profile', hint: 'login.profileHint', example: 'arn:aws:…' },
] as const;

export function LoginFields({ draft, onChange, errors }: LoginFieldsProps) {
  const { t } = useTranslation('providers');
  return (
    <div className="flex flex-col gap-12">
      <div className="flex flex-col gap-4">
        <div>
          <Segmented
            label={t('login.who')}
            value={draft.kind}
            onChange={(kind) => onChange({ ...draft, kind })}
            segments={[
              { value: 'personal', label: t('login.personal') },
              { value: 'organisation', label: t('login.organisation') },
            ]}
          />
        </div>
        <p className="text-12 text-text-3">
          {draft.kind === 'personal' ? t('login.personalHint') : t('login.organisationHint')}
        </p>
      </div>
      {draft.kind === 'organisation' &&
        places.map(({ name, label, hint, example }) => (
          <Field key={name} label={t(label)} hint={t(hint)} error={errors[name]}>
            {(field) => (
              <TextInput
                {...field}
                mono
                placeholder={example}
                value={draft[name]}
                onChange={(event) => onChange({ ...draft, [name]: event.target.value.trim() })}
              />
            )}
          </Field>
        ))}
    </div>
  );
}
