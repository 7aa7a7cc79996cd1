// What the HarmonyOS sample uses of the system's kits, as their documents describe it: enough to check its types.
declare module "@kit.ArkData" {
  import { common } from "@kit.AbilityKit";
  namespace preferences {
    interface Preferences {
      getSync(key: string, defaultValue: string): string | number | boolean;
      putSync(key: string, value: string): void;
      flush(): Promise<void>;
    }
    function getPreferencesSync(context: common.Context, options: { name: string }): Preferences;
  }
  export { preferences };
}
declare module "@kit.AbilityKit" {
  namespace common {
    interface Context {
      filesDir: string;
    }
    interface UIAbilityContext extends Context {}
  }
  namespace AbilityConstant {
    interface LaunchParam {
      launchReason: number;
    }
  }
  interface Want {
    uri?: string;
    parameters?: Record<string, Object>;
  }
  class UIAbility {
    context: common.UIAbilityContext;
    onCreate(want: Want, launchParam: AbilityConstant.LaunchParam): void;
    onNewWant(want: Want, launchParam: AbilityConstant.LaunchParam): void;
  }
  export { AbilityConstant, common, UIAbility, Want };
}
declare module "@kit.ArkTS" {
  namespace util {
    function generateRandomUUID(): string;
  }
  export { util };
}
declare module "@kit.LocalizationKit" {
  namespace i18n {
    class System {
      static getSystemLocale(): string;
    }
    function getTimeZone(): { getID(): string };
  }
  export { i18n };
}
declare module "@kit.NotificationKit" {
  import { common } from "@kit.AbilityKit";
  namespace notificationManager {
    function requestEnableNotification(context: common.UIAbilityContext): Promise<void>;
  }
  export { notificationManager };
}
declare module "@kit.PushKit" {
  import { UIAbility } from "@kit.AbilityKit";
  namespace pushService {
    function getToken(): Promise<string>;
    function receiveMessage(
      pushType: "DEFAULT" | "BACKGROUND" | "IM" | "VoIP",
      ability: UIAbility,
      callback: (payload: { data: string }) => void,
    ): void;
  }
  export { pushService };
}
declare module "@kit.RemoteCommunicationKit" {
  namespace rcp {
    interface RequestHeaders {
      [name: string]: string | string[] | undefined;
    }
    class Request {
      constructor(url: string, method: string, headers: RequestHeaders, content: string);
    }
    interface Session {
      fetch(request: Request): Promise<{ statusCode: number; toString(): string | null }>;
      close(): void;
    }
    function createSession(): Session;
  }
  export { rcp };
}
