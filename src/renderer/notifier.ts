/** The system's notifications, and whether anybody sees the page, as an argument, so that tests decide. */
export type Notifier = {
  /** `default`: nobody was asked yet. `denied` also where there are none. */
  permission(): NotificationPermission;
  /** Only on a person's press: a question that comes by itself is mostly refused for good. */
  ask(): Promise<void>;
  /** The page is hidden, or another window has the focus. */
  isAway(): boolean;
  /** One of the same id takes its place, whichever window showed it. Returns the way to take it back. */
  show(notice: Notice): () => void;
};

export type Notice = {
  id: string;
  title: string;
  body: string;
  /** It was pressed, and the page has the focus where the system allows that. */
  onPress: () => void;
};

const isThere = 'Notification' in globalThis;

export const pageNotifier: Notifier = {
  permission: () => (isThere ? Notification.permission : 'denied'),
  async ask() {
    if (isThere) await Notification.requestPermission();
  },
  isAway: () => document.hidden || !document.hasFocus(),
  show({ id, title, body, onPress }) {
    try {
      const notification = new Notification(title, { body, tag: id });
      notification.onclick = () => {
        notification.close();
        window.focus();
        onPress();
      };
      return () => notification.close();
    } catch {
      // Browsers of telephones have the name, and refuse to make one.
      return () => undefined;
    }
  },
};
