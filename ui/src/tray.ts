/** The tray speaks the language of the page: the shell is told the setting, and each change of it. */
import { useAppearance } from './appearance';
import { host } from './host';

/** Returns the way to stop. */
export function followLanguage(): () => void {
  const tell = () => {
    // The page goes on in its language whatever the tray does.
    host.setLanguage(useAppearance.getState().language).catch(() => undefined);
  };
  tell();
  return useAppearance.subscribe(({ language }, before) => {
    if (language !== before.language) tell();
  });
}
