/** What the API takes and returns. Made by `make clients`; do not edit. */

export interface components {
    schemas: {
        /**
         * @description The form of the log.
         * @enum {string}
         */
        AuditFormat: "json" | "ndjson";
        /**
         * @description What terminals are counted by, beside their groups.
         * @enum {string}
         */
        CountBy: "timezone";
        /**
         * @description How terminals are written.
         * @enum {string}
         */
        LineFormat: "ndjson" | "csv";
        /**
         * @description The form of a list.
         * @enum {string}
         */
        ListFormat: "json" | "ndjson" | "csv";
        /**
         * @description Which entries come first.
         * @enum {string}
         */
        Order: "oldest" | "newest";
        /**
         * @description The status of a message, from its schedule to its end.
         * @enum {string}
         */
        Status: "scheduled" | "dispatching" | "sending" | "paused" | "sent" | "cancelled";
        /**
         * @description Terminals in at least one of the sets `included`, and in none of the sets `excluded`.
         *
         *     A set is `targeted`, a state, or a receipt.
         * @enum {string}
         */
        TerminalFilter: "targeted" | "pending" | "accepted" | "invalid" | "rejected" | "expired" | "cancelled" | "failed" | "delivered" | "clicked" | "not_delivered" | "not_clicked" | "muted" | "gone" | "recalled" | "unproven";
        /** @description What happened in one minute. */
        ActivityMinute: {
            accepted: number;
            invalid: number;
            rejected: number;
            expired: number;
            cancelled: number;
            delivered: number;
            clicked: number;
            muted: number;
            gone: number;
            /**
             * Format: date-time
             * @description the beginning of the minute
             */
            at: string;
            /** @description the vendors through which anything happened */
            vendors: components["schemas"]["VendorActivity"][];
        };
        /** @description What happened to an app's terminals today, and in each of the last 60 minutes. */
        ActivityReport: {
            timezone: string;
            today: components["schemas"]["ActivityToday"];
            /** @description oldest first; the last minute is still running */
            minutes: components["schemas"]["ActivityMinute"][];
            /** @description all vendors of the app */
            rates: components["schemas"]["VendorRate"][];
        };
        /** @description What happened since midnight. */
        ActivityToday: {
            accepted: number;
            invalid: number;
            rejected: number;
            expired: number;
            cancelled: number;
            delivered: number;
            clicked: number;
            muted: number;
            gone: number;
            /**
             * Format: date-time
             * @description midnight in the time zone
             */
            since: string;
            /** @description the vendors through which anything happened */
            vendors: components["schemas"]["VendorActivity"][];
        };
        /**
         * @description How a backend signs. The stored key decides, never the header of a token.
         * @enum {string}
         */
        Algorithm: "ES256" | "HS256";
        /** @description `options.fcm.apns`: what FCM passes on to APNs. */
        ApnsConfig: {
            /** @description of APNs, such as apns-priority */
            headers?: {
                [key: string]: string;
            } | null;
            /** @description `aps`, and keys of the app's own */
            payload?: {
                [key: string]: unknown;
            } | null;
            /** @description address of a picture, for iOS alone */
            image?: string | null;
            analytics_label?: string | null;
        };
        /** @description Options of a message for APNs. */
        ApnsOptions: {
            badge?: number | null;
            sound?: string | null;
            /** @description instead of sound */
            critical_sound?: components["schemas"]["CriticalSound"] | null;
            subtitle?: string | null;
            launch_image?: string | null;
            title_loc_key?: string | null;
            title_loc_args?: string[] | null;
            subtitle_loc_key?: string | null;
            subtitle_loc_args?: string[] | null;
            loc_key?: string | null;
            loc_args?: string[] | null;
            category?: string | null;
            thread_id?: string | null;
            target_content_id?: string | null;
            interruption_level?: ("passive" | "active" | "time-sensitive" | "critical") | null;
            filter_criteria?: string | null;
            /** @description 0 to 1, but for Live Activities, whose may be any */
            relevance_score?: number | null;
            mutable_content?: boolean;
            content_available?: boolean;
            /** @enum {string} */
            push_type?: "alert" | "background" | "voip" | "complication" | "fileprovider" | "location" | "liveactivity" | "pushtotalk" | "widgets" | "controls";
            /** @description goes with push_type liveactivity */
            live_activity?: components["schemas"]["LiveActivity"] | null;
        };
        /**
         * @description The languages that an app's terminals are grouped by, and the registrations whose language
         *     had no room.
         */
        AppLanguages: {
            app: string;
            languages: number;
            limited: number;
        };
        /** @description Apps in the order of their names. */
        AppPage: {
            apps: components["schemas"]["AppView"][];
            next_cursor: string | null;
        };
        /** @description The settings of an app; those that are left out have their defaults. */
        AppSettingsBody: {
            /** @description language of terminals that name none, and of messages without `default_language` */
            default_language?: string;
            /** @description parts the registry is cut into; fixed once the app has terminals */
            shards?: number;
            /** @description IANA time zone of terminals without one, for their local time and local days */
            timezone?: string;
            /** @description terminals without a sign of life for this long are removed; unset = never */
            silent_after?: string | null;
            /** @description what installations without a registration token name the app by: pga_, the app's name, _ and 8 to 32 letters and digits; unset = made from the app's name */
            public_id?: string | null;
            /** @description whether installations may register without a registration token */
            allow_anonymous?: boolean;
            /** @description registrations a minute without a registration token, in one process */
            max_anonymous_registrations?: number;
            /** @description registrations a minute without a registration token from one address, in one process */
            max_anonymous_registrations_per_client?: number;
            /** @description origins of web pages that may call /v1/devices, such as https://shop.example */
            allowed_origins?: string[];
            /** @description whether a report of a client app needs the secret of the device that reports */
            require_device_proof?: boolean;
            /** @description the app's own categories of messages, each with the one of message, account, order, reminder, news and marketing whose classes vendors use; where there are any, other names are refused */
            categories?: {
                [key: string]: components["schemas"]["Category"];
            };
            /** @description by category, how many messages a terminal gets in one of its own days, as in {marketing = {per_day = 3}} */
            caps?: {
                [key: string]: components["schemas"]["CapSettings"];
            };
            /** @description by category, hours of the terminals' own time in which they get none of it, or not before the hours end, as in {all = {begin = "22:00", end = "08:00", then = "hold"}}; all stands for categories that are not named, and for messages without one; hours that end when they begin are none */
            quiet_hours?: {
                [key: string]: components["schemas"]["QuietHours"];
            };
        };
        /**
         * @description Where the settings of an app are kept.
         * @enum {string}
         */
        AppSource: "file" | "api";
        /** @description The vendors of an app, in the order of their names. */
        AppVendorPage: {
            vendors: components["schemas"]["AppVendorView"][];
        };
        /** @description A vendor's section of an app, without its secrets. */
        AppVendorView: {
            app: string;
            vendor: string;
            source: components["schemas"]["AppSource"];
            /** @description what was set, without secrets */
            settings: {
                [key: string]: unknown;
            };
            credentials: {
                [key: string]: components["schemas"]["CredentialView"];
            };
            previous: components["schemas"]["PreviousSection"] | null;
            /** @description null where neither the vendor nor the app is paused */
            paused: components["schemas"]["Pause"] | null;
            changed_at: string | null;
            changed_by: string | null;
            /** @description last answer of the vendor, to 10 s */
            last_used_at: string | null;
            last_refusal: components["schemas"]["LastRefusal"] | null;
            /** @description the URL to which the vendor reports receipts, for the vendor's console. It contains a secret: anyone who has it can send receipts. null where the vendor reports none, or `api.public_url` is not set */
            receipt_url: string | null;
            /** @description the path of `receipt_url`, below the address at which the vendor reaches the API; just as secret. null where the vendor reports none */
            receipt_path: string | null;
            /** @description after a change: true if the vendor accepted the credential; null if the vendor was not asked, or can only be asked by a push */
            confirmed?: boolean | null;
        };
        /** @description The vendors of an app. */
        AppVendors: {
            vendors: components["schemas"]["Vendor"][];
        };
        /** @description An app. `settings` includes the defaults of settings that were not set. */
        AppView: {
            app: string;
            /** @description `file`: in the configuration, and not changed by API */
            source: components["schemas"]["AppSource"];
            settings: components["schemas"]["AppSettingsBody"];
            /** @description names of the vendors that the app has a section for */
            vendors: string[];
            /** @description counts the changes of the app; null for an app of the file */
            revision: number | null;
            changed_at?: string | null;
            /** @description id of the API key that changed it last */
            changed_by?: string | null;
            /** @description null where the app is not paused */
            paused?: components["schemas"]["Pause"] | null;
            /** @description since when the app's data are being erased */
            deleting_since?: string | null;
        };
        /**
         * @description Why an attempt got no response. The codes are stable: clients match on them.
         * @enum {string}
         */
        AttemptFailure: "timed_out" | "address_refused" | "name_not_found" | "not_connected" | "tls_failed" | "connection_lost";
        /**
         * @description Who receives a message, or a part of that. A list of terminals, users or tokens is shown by
         *     its length, or whole with `include=audience`.
         */
        Audience: {
            /** @constant */
            all?: true;
            terminals?: number | string[];
            users?: number | string[];
            tokens?: number | components["schemas"]["InlineToken"][];
            tag?: string;
            language?: string;
            vendor?: components["schemas"]["Vendor"];
            timezone?: string;
            registered?: components["schemas"]["Days"];
            seen?: components["schemas"]["Days"];
            app_version?: string;
            attribute?: string;
            equals?: string | number | boolean;
            one_of?: (string | number | boolean)[];
            targeted?: string;
            accepted?: string;
            delivered?: string;
            clicked?: string;
            failed?: string;
            saved?: string;
            /** @description the key of a frozen audience; only in a saved audience */
            frozen?: string;
            all_of?: components["schemas"]["Audience"][];
            any_of?: components["schemas"]["Audience"][];
            not?: components["schemas"]["Audience"];
            sample?: components["schemas"]["Sample"];
            one_per_user?: components["schemas"]["Audience"];
            /** @description for a step: users whom this message did not reach */
            escalation_of?: string;
        };
        /**
         * @description Who receives the message: exactly one of these fields; `attribute` needs `equals` or `one_of`
         *     beside it. For lists that may be long, only the first bad item is reported.
         */
        AudienceBody: {
            /** @description every registered terminal */
            all?: true | null;
            /** @description terminal ids; unknown ones are left out */
            terminals?: string[] | null;
            /** @description all terminals of these users */
            users?: string[] | null;
            tag?: string | null;
            /** @description BCP 47, the tag or its beginning: zh takes in zh-Hant-TW */
            language?: string | null;
            vendor?: components["schemas"]["Vendor"] | null;
            /** @description IANA name, as the terminal registered it */
            timezone?: string | null;
            /** @description by the day of the first registration */
            registered?: components["schemas"]["DaysBody"] | null;
            /** @description by the day on which it was last seen */
            seen?: components["schemas"]["DaysBody"] | null;
            /** @description exactly this version */
            app_version?: string | null;
            /** @description an attribute of the terminal or of its user; with `equals` or `one_of` */
            attribute?: string | null;
            /** @description the value of the attribute; 1, "1" and true are three values */
            equals?: string | number | boolean | null;
            /** @description values of the attribute */
            one_of?: (string | number | boolean)[] | null;
            /** @description terminals that an earlier message was for */
            targeted?: string | null;
            /** @description terminals for which the vendor accepted an earlier message */
            accepted?: string | null;
            /** @description terminals to which an earlier message was delivered */
            delivered?: string | null;
            /** @description terminals on which an earlier message was clicked */
            clicked?: string | null;
            /** @description terminals for which an earlier message was rejected, had a dead token, or expired */
            failed?: string | null;
            /** @description a saved audience, as it is when the message is due */
            saved?: string | null;
            /** @description terminals that all of these parts hold */
            all_of?: components["schemas"]["AudienceNode"][] | null;
            /** @description terminals that at least one of these parts holds; each gets one push */
            any_of?: components["schemas"]["AudienceNode"][] | null;
            /** @description terminals that are registered when the message is due, and not in this audience */
            not?: components["schemas"]["AudienceNode"] | null;
            /** @description a stable share */
            sample?: components["schemas"]["SampleBody"] | null;
            /** @description the terminal last seen of each user */
            one_per_user?: components["schemas"]["AudienceNode"] | null;
            /** @description push tokens, registered or not */
            tokens?: components["schemas"]["InlineTokenBody"][] | null;
        };
        /** @description How many terminals an audience holds now. */
        AudienceCount: {
            total: number;
            groups: components["schemas"]["GroupCount"][];
            timezones?: components["schemas"]["TimezoneCount"][];
            /** @description the terminals that are left after each part of the outermost `all_of`; the last count is the total, and the only one where the audience is no `all_of` */
            lines?: number[];
            /** @description terminals and users that are not registered, and limits of the figures */
            warnings: components["schemas"]["FieldError"][];
        };
        /** @description An audience that is to be counted. */
        AudienceCountBody: {
            audience: components["schemas"]["AudienceBody"];
            /** @description further counts beside those of the groups */
            by?: components["schemas"]["CountBy"][];
            /** @description also count how many terminals are left after each part of an `all_of` */
            lines?: boolean;
        };
        /**
         * @description A part of an audience: exactly one of these fields; `attribute` needs `equals` or `one_of`
         *     beside it.
         */
        AudienceNode: {
            /** @description every registered terminal */
            all?: true | null;
            /** @description terminal ids; unknown ones are left out */
            terminals?: string[] | null;
            /** @description all terminals of these users */
            users?: string[] | null;
            tag?: string | null;
            /** @description BCP 47, the tag or its beginning: zh takes in zh-Hant-TW */
            language?: string | null;
            vendor?: components["schemas"]["Vendor"] | null;
            /** @description IANA name, as the terminal registered it */
            timezone?: string | null;
            /** @description by the day of the first registration */
            registered?: components["schemas"]["DaysBody"] | null;
            /** @description by the day on which it was last seen */
            seen?: components["schemas"]["DaysBody"] | null;
            /** @description exactly this version */
            app_version?: string | null;
            /** @description an attribute of the terminal or of its user; with `equals` or `one_of` */
            attribute?: string | null;
            /** @description the value of the attribute; 1, "1" and true are three values */
            equals?: string | number | boolean | null;
            /** @description values of the attribute */
            one_of?: (string | number | boolean)[] | null;
            /** @description terminals that an earlier message was for */
            targeted?: string | null;
            /** @description terminals for which the vendor accepted an earlier message */
            accepted?: string | null;
            /** @description terminals to which an earlier message was delivered */
            delivered?: string | null;
            /** @description terminals on which an earlier message was clicked */
            clicked?: string | null;
            /** @description terminals for which an earlier message was rejected, had a dead token, or expired */
            failed?: string | null;
            /** @description a saved audience, as it is when the message is due */
            saved?: string | null;
            /** @description terminals that all of these parts hold */
            all_of?: components["schemas"]["AudienceNode"][] | null;
            /** @description terminals that at least one of these parts holds; each gets one push */
            any_of?: components["schemas"]["AudienceNode"][] | null;
            /** @description terminals that are registered when the message is due, and not in this audience */
            not?: components["schemas"]["AudienceNode"] | null;
            /** @description a stable share */
            sample?: components["schemas"]["SampleBody"] | null;
            /** @description the terminal last seen of each user */
            one_per_user?: components["schemas"]["AudienceNode"] | null;
        };
        /** @description An action: who did what, when and from where. */
        AuditEntry: {
            id: string;
            /**
             * Format: date-time
             * @description by the clock of Redis
             */
            at: string;
            /** @description the app that the action concerns; null for no app */
            app: string | null;
            /** @description such as `message.created`; the reference of the audit log has them all */
            action: string;
            /** @description ids or names of the targets; users and terminals as keyed hashes, `user~<hash>` and `terminal~<hash>` */
            targets: string[];
            /** @description null where a command or Pushgate itself did it */
            key_id: string | null;
            /** @description the name that the key had then, or the command */
            key_name: string;
            /** @description the address of the request; null for a command */
            address: string | null;
            details: {
                [key: string]: string | number | boolean | null;
            };
        };
        /** @description Some entries of the audit log. */
        AuditPage: {
            entries: components["schemas"]["AuditEntry"][];
            /** @description leads to the next page, and to entries that come later */
            after: string;
            /** @description whether there are more entries already */
            has_more: boolean;
            /** @description entries before this time were removed early, for `audit.max_entries`; null for none */
            trimmed_before: string | null;
        };
        /** @description A line of an import that was not stored. */
        BadLine: {
            line: number;
            errors: components["schemas"]["FieldError"][];
        };
        /** @description Up to 1,000 push requests. */
        BatchBody: {
            messages: components["schemas"]["BatchItem"][];
        };
        /**
         * @description One push request of a batch.
         * @example {
         *       "audience": {
         *         "all": true
         *       },
         *       "content": {
         *         "en": {
         *           "body": "Today only",
         *           "data": {
         *             "page": "sale"
         *           }
         *         },
         *         "zh-Hans": {
         *           "body": "仅限今天"
         *         }
         *       },
         *       "default_language": "en",
         *       "options": {
         *         "apns": {
         *           "badge": 1
         *         },
         *         "collapse_key": "sale",
         *         "priority": "high",
         *         "ttl": 3600
         *       },
         *       "push_time": "2027-01-01T20:00:00+08:00"
         *     }
         */
        BatchItem: {
            /** @description by BCP 47 language */
            content?: {
                [key: string]: components["schemas"]["ContentBody"];
            };
            template?: components["schemas"]["TemplateReference"];
            /** @description in place of `content`: each terminal gets one of the variants, always the same one */
            variants?: components["schemas"]["VariantBody"][];
            /** @description with variants: per cent of terminals that get nothing, to compare with */
            holdout?: number;
            /** @description with variants: `user` gives all terminals of a user the same variant; unset = `terminal` */
            unit?: components["schemas"]["Unit"];
            /** @description with variants: how the rest gets one of them */
            winner?: components["schemas"]["WinnerBody"];
            /** @description one of content's, for terminals whose language none of them fits; unset = the app's, or the only one */
            default_language?: string | null;
            /** @description RFC 3339 with offset; unset, or past by at most 5 minutes = now; at most 366 days ahead; or a local time, at which each terminal is pushed to in its own time zone; or the best hour, in which each terminal clicks most */
            push_time?: string | components["schemas"]["LocalPushTime"] | components["schemas"]["BestHourPushTime"] | null;
            audience: components["schemas"]["AudienceBody"];
            options?: components["schemas"]["OptionsBody"];
            /** @description content has placeholders such as `{{ name | default: "friend" }}`, into which each terminal's values are filled; else they are sent as they are. Of a template with placeholders they are always filled */
            personal?: boolean;
            /** @description what a terminal gets that lacks a value without a default: nothing (it is rejected with the code `missing_value`), or the fallback; unset = `leave_out` */
            on_missing?: components["schemas"]["OnMissing"] | null;
            /** @description content without placeholders, in the same languages, for `on_missing`: `fallback` */
            fallback?: {
                [key: string]: components["schemas"]["ContentBody"];
            } | null;
            /** @description in place of `fallback`: a stored template without placeholders, in all languages of content */
            fallback_template?: components["schemas"]["TemplateReference"];
            /** @description what `{{ values.<name> }}` shows, for all terminals */
            values?: {
                [key: string]: string | number | boolean;
            };
            /** @description values for the terminals of a user, by the user's name; they take precedence over `values` */
            user_values?: {
                [key: string]: {
                    [key: string]: string | number | boolean;
                };
            };
            /** @description what follows where the message does not reach a user in time, in the order of time: each step is a message of its own */
            escalate?: components["schemas"]["StepBody"][];
            /** @description as the header Idempotency-Key of a single request; unset = derived from the batch's key */
            idempotency_key?: string | null;
        };
        /** @description The result of one item of a batch: a message, or a problem. */
        BatchResult: {
            status: number;
            message?: components["schemas"]["MessageWithWarnings"];
            problem?: components["schemas"]["Problem"];
        };
        /** @description One result for each item, in the order of the request. */
        BatchResults: {
            results: components["schemas"]["BatchResult"][];
        };
        /** @description Each terminal is pushed to in the one of the next full hours in which it clicks most. */
        BestHourPushTime: {
            /** @description how many of the next full hours to choose from, from `2h` to `24h` */
            best_hour_within: string;
            /** @description the local time for terminals without a known click, such as 10:00; unset = in the best hour of all terminals of the app */
            fallback?: string | null;
        };
        /** @description A key, without its secret. */
        CallbackKeyEntry: {
            id: string;
            /** @description null where it is not known */
            made_at: string | null;
            /** @description when the key begins to sign, some seconds after it was made; null for a key that has always signed */
            signs_from: string | null;
            /** @description until when the key's signatures are valid; null for no end */
            until: string | null;
        };
        /** @description All keys that verify, the newest first. */
        CallbackKeyList: {
            source: components["schemas"]["KeySource"];
            keys: components["schemas"]["CallbackKeyEntry"][];
        };
        /** @description A share of the terminals that gets the message first. */
        Canary: {
            share: number;
            /** @description a duration such as `10m` */
            wait: string;
            hold_if: components["schemas"]["CanaryLimits"];
            slower_if: components["schemas"]["CanaryLimits"];
        };
        /** @description A share of the terminals that gets the message first, and what happens then. */
        CanaryBody: {
            /** @description per cent, a random sample of every block */
            share: number;
            /** @description from the push time until the rest is sent, such as `10m` */
            wait: string;
            /** @description if one of these limits is passed, the message is paused */
            hold_if?: components["schemas"]["CanaryLimitsBody"];
            /** @description if one of these limits is passed at the end of `wait`, `spread` takes twice the time */
            slower_if?: components["schemas"]["CanaryLimitsBody"];
        };
        /** @description A limit that was passed: `count` of `answers` terminals. */
        CanaryFinding: {
            measure: components["schemas"]["Measure"];
            /** @description null for clicks, which count for all vendors together */
            vendor: components["schemas"]["Vendor"] | null;
            count: number;
            answers: number;
            limit: number;
            reason: string;
        };
        /** @description Limits in per cent; one that is not set is left out. */
        CanaryLimits: {
            rejected?: number;
            invalid?: number;
            gone?: number;
            muted?: number;
            clicks_below?: number;
        };
        /**
         * @description Limits on the results of a canary, in per cent of the terminals for which the vendor
         *     answered.
         */
        CanaryLimitsBody: {
            /** @description passed where more of a vendor's terminals are rejected */
            rejected?: number;
            /** @description passed where more of a vendor's terminals have a dead token */
            invalid?: number;
            /** @description passed where more of a vendor's terminals are reported as gone */
            gone?: number;
            /** @description passed where more of a vendor's terminals show no notifications */
            muted?: number;
            /** @description passed where fewer of all accepted terminals clicked by the end of `wait` */
            clicks_below?: number;
        };
        /** @description The state of a canary. */
        CanaryResult: {
            phase: components["schemas"]["Phase"];
            /** @description when the rest is due, while the canary runs */
            until: string | null;
            /** @description why it was held or slowed */
            finding: components["schemas"]["CanaryFinding"] | null;
            /** @description of whom the guard had fewer than 100 answers when it decided, so that no limit on them was judged */
            few_answers: components["schemas"]["FewAnswers"][];
        };
        /** @description How much a terminal gets of one category. */
        CapSettings: {
            /** @description messages in one day of the terminal's time zone */
            per_day: number;
        };
        /** @description The small form in the status bar. */
        Capsule: {
            /**
             * @description 1 icon and text, 2 timer, 3 progress
             * @enum {integer}
             */
            type: 1 | 2 | 3;
            /**
             * @description 1 shown, -1 not
             * @enum {integer}
             */
            status?: 1 | -1;
            /** @description file in the app's rawfile folder */
            icon: string;
            more?: {
                [key: string]: unknown;
            } | null;
        };
        /**
         * @description What a message is about. Each vendor has message classes of its own for it.
         * @enum {string}
         */
        Category: "message" | "account" | "order" | "reminder" | "news" | "marketing";
        /** @description A change of a scheduled message. Fields that are left out stay. */
        ChangeBody: {
            /** @description RFC 3339 with offset; past by at most 5 minutes = now; at most 366 days ahead; for a message to a local time or to the best hour another of these */
            push_time?: string | components["schemas"]["LocalPushTime"] | components["schemas"]["BestHourPushTime"] | null;
            content?: {
                [key: string]: components["schemas"]["ContentBody"];
            } | null;
            /** @description a stored template whose content takes the place of the message's */
            template?: components["schemas"]["TemplateReference"] | null;
            /** @description in place of `content`, for a message that has variants: all variants anew */
            variants?: components["schemas"]["VariantBody"][] | null;
            default_language?: string | null;
            audience?: components["schemas"]["AudienceBody"] | null;
            /** @description whether placeholders are filled in; unset = as before. Of a template with placeholders they are always filled */
            personal?: boolean | null;
            /** @description of a personal message; with `leave_out` its fallback goes */
            on_missing?: components["schemas"]["OnMissing"] | null;
            /** @description in place of the fallback of a personal message, in the languages of content */
            fallback?: {
                [key: string]: components["schemas"]["ContentBody"];
            } | null;
            /** @description a stored template whose content takes the place of the fallback */
            fallback_template?: components["schemas"]["TemplateReference"] | null;
            /** @description in place of all `values` of a personal message */
            values?: {
                [key: string]: string | number | boolean;
            } | null;
            /** @description in place of all `user_values` of a personal message */
            user_values?: {
                [key: string]: {
                    [key: string]: string | number | boolean;
                };
            } | null;
        };
        /** @description Some settings of an app, as in its PUT; null sets one back to its default. */
        ChangedAppSettings: {
            [key: string]: unknown;
        };
        /** @description A person after a change, with all attributes and opt-outs. */
        ChangedUser: {
            user: string;
            attributes: {
                [key: string]: string | number | boolean;
            };
            opt_out: string[];
            quiet_hours: components["schemas"]["ShownQuietHours"] | null;
        };
        /**
         * @description The language of the terminal's group, the language of the content that it gets, and why it
         *     gets that one.
         */
        ChosenLanguage: {
            wanted: string;
            content?: string;
            match?: components["schemas"]["LanguageMatch"];
        };
        /** @description An hour of the day in which a terminal clicked, in one period of 28 days. */
        ClickHour: {
            /** @description UTC */
            hour: number;
            /** Format: date-time */
            period_begins: string;
        };
        /**
         * @description A circuit breaker that was closed, and why pushes failed. `scope` names the topic, channel,
         *     host and so on; it is empty for everything that the app sends to the vendor.
         */
        ClosedBreaker: {
            scope: string;
            code: components["schemas"]["SystemProblemCode"];
            cause: string;
            /** Format: date-time */
            since: string;
            until: string | null;
        };
        /** @description The circuit breakers that were closed. */
        ClosedBreakers: {
            app: string;
            vendor: components["schemas"]["Vendor"];
            closed: components["schemas"]["ClosedBreaker"][];
        };
        /** @description A colour of light; each part is 0 to 1. */
        Colour: {
            red?: number;
            green?: number;
            blue?: number;
            alpha?: number;
        };
        /** @description A removal that was confirmed. */
        ConfirmedRemoval: {
            app: string;
            vendor: components["schemas"]["Vendor"];
            removal: components["schemas"]["HeldRemovalProgress"];
        };
        /** @description Content in one language, as stored. */
        Content: {
            title: string;
            body: string;
            image: string | null;
            url: string | null;
            data: {
                [key: string]: string;
            };
        };
        /** @description What is shown, in one language. */
        ContentBody: {
            title: string;
            body: string;
            /** @description address of a picture */
            image?: string | null;
            /** @description opened on a click: an https:// page or a deep link; an app that opens links itself finds the link in the data of the push */
            url?: string | null;
            /** @description passed to the client app unchanged; values are strings */
            data?: {
                [key: string]: string;
            };
        };
        /** @description About how many terminals are due at an instant. */
        CountToCome: {
            /** Format: date-time */
            at: string;
            count: number;
        };
        /** @description What is shown of a secret setting. */
        CredentialView: {
            /** @description first 16 hexadecimal digits of its SHA-256 */
            fingerprint: string;
            /** @description end of a certificate's validity */
            expires_at: string | null;
        };
        /** @description A sound that is played even where sounds are off; the app needs Apple's entitlement. */
        CriticalSound: {
            /** @constant */
            critical?: 1;
            name?: string;
            volume?: number;
        };
        /** @description Days in UTC: before one, from one on, or both. */
        Days: {
            /** Format: date */
            before?: string;
            /** Format: date */
            after?: string;
        };
        /** @description Days in UTC, with one bound or both. */
        DaysBody: {
            /** @description days before this one */
            before?: string | null;
            /** @description this day and later ones */
            after?: string | null;
        };
        /** @description A variant for the rest of a message. */
        DecisionBody: {
            variant: string;
        };
        /**
         * @description What happens to a push that got no answer: it is sent again, or never again.
         * @enum {string}
         */
        Delivery: "at_least_once" | "at_most_once";
        /** @description One attempt to deliver events. */
        DeliveryAttempt: {
            /** @description the header `webhook-id`, the same in each attempt */
            delivery: string;
            shard: string;
            attempt: number;
            /** Format: date-time */
            at: string;
            duration_ms: number;
            events: number;
            /** @description of the response; null where there was none */
            status: number | null;
            /** @description why there was no response */
            failure: components["schemas"]["AttemptFailure"] | null;
            reason: string;
            /** @description null if the delivery was confirmed, or the webhook was paused because of it */
            next_attempt_at: string | null;
        };
        /** @description The last 100 attempts, the newest first. */
        DeliveryList: {
            deliveries: components["schemas"]["DeliveryAttempt"][];
        };
        /** @description A terminal as its own device sees it. */
        Device: {
            id: string;
            vendor: components["schemas"]["Vendor"];
            token: string;
            language: string;
            user: string | null;
            timezone: string | null;
            app_version: string | null;
            opt_out: string[];
            warnings: components["schemas"]["FieldError"][];
        };
        /**
         * @description What an installation may set about itself.
         * @example {
         *       "app_version": "3.2.1",
         *       "language": "zh-Hans",
         *       "token": "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f",
         *       "vendor": "apns"
         *     }
         */
        DeviceBody: {
            vendor: components["schemas"]["Vendor"];
            /** @description the push token */
            token: string;
            /** @description BCP 47; unset = the app's default */
            language?: string | null;
            /** @description IANA name, such as Asia/Shanghai */
            timezone?: string | null;
            app_version?: string | null;
            /** @description categories of which the terminal gets no messages; unset = as known */
            opt_out?: string[] | null;
            /** @description the secret that the terminal has, where the device knows it */
            device_secret?: string | null;
        };
        /**
         * @description A change of a terminal by its device. Null clears a field, except vendor and push token;
         *     `user` can only be cleared.
         */
        DeviceChangeBody: {
            vendor?: string;
            token?: string;
            /** @description BCP 47; null = the app's default */
            language?: string | null;
            timezone?: string | null;
            app_version?: string | null;
            /** @description all opt-outs by category, or those to add and remove; null = none */
            opt_out?: string[] | components["schemas"]["OptOutChange"] | null;
            /** @description null logs the user out */
            user?: null;
        };
        /**
         * @description The terminal as it is registered now, or as it was: `left_at` is when it left the registry.
         *
         *     `changed_at` is when it was registered or changed last. `taken_over_by` is another terminal that
         *     has registered the same push token since. `other_terminals` are the user's other terminals; they
         *     are left out where the user has, or had, more than 64.
         */
        DiagnosedTerminal: {
            id: string;
            registered: boolean;
            vendor?: components["schemas"]["Vendor"];
            language?: string;
            user?: string;
            /** Format: date-time */
            registered_at?: string;
            /** Format: date-time */
            changed_at?: string;
            /** Format: date-time */
            last_seen?: string;
            /** Format: date-time */
            last_heard_at?: string;
            /** Format: date-time */
            left_at?: string;
            taken_over_by?: string;
            other_terminals?: string[];
        };
        /** @description The known facts about a terminal, its latest messages, and the conclusions from both. */
        Diagnosis: {
            terminal: components["schemas"]["DiagnosedTerminal"];
            findings: components["schemas"]["Finding"][];
            messages: components["schemas"]["HistoryEntry"][];
            vendor_check?: components["schemas"]["VendorCheck"];
        };
        /** @description How many terminals were on the list, or found no room on it; all of them stay. */
        DismissedRemovals: {
            app: string;
            vendor: components["schemas"]["Vendor"];
            dismissed: number;
        };
        /** @description A draft, and what would be refused if its message were sent now. */
        Draft: {
            id: string;
            /** @description counts the versions; send it in `If-Match` with a change */
            revision: number;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            changed_at: string;
            /** @description the name of the API key that wrote it last */
            changed_by: string;
            /** @description the title of the first content, or the name of the template */
            title: string | null;
            message: components["schemas"]["DraftBody"];
            problems: components["schemas"]["FieldError"][];
        };
        /** @description The body of a message, complete or not. */
        DraftBody: {
            /** @description as in `POST /v1/messages`; may be incomplete or wrong */
            content?: components["schemas"]["JsonValue"];
            /** @description as in `POST /v1/messages`; may be incomplete or wrong */
            template?: components["schemas"]["JsonValue"];
            /** @description as in `POST /v1/messages`; may be incomplete or wrong */
            variants?: components["schemas"]["JsonValue"];
            /** @description as in `POST /v1/messages`; may be incomplete or wrong */
            holdout?: components["schemas"]["JsonValue"];
            /** @description as in `POST /v1/messages`; may be incomplete or wrong */
            unit?: components["schemas"]["JsonValue"];
            /** @description as in `POST /v1/messages`; may be incomplete or wrong */
            winner?: components["schemas"]["JsonValue"];
            /** @description as in `POST /v1/messages`; may be incomplete or wrong */
            default_language?: components["schemas"]["JsonValue"];
            /** @description as in `POST /v1/messages`; may be incomplete or wrong */
            push_time?: components["schemas"]["JsonValue"];
            /** @description as in `POST /v1/messages`; may be incomplete or wrong */
            audience?: components["schemas"]["JsonValue"];
            /** @description as in `POST /v1/messages`; may be incomplete or wrong */
            options?: components["schemas"]["JsonValue"];
            /** @description as in `POST /v1/messages`; may be incomplete or wrong */
            escalate?: components["schemas"]["JsonValue"];
            /** @description as in `POST /v1/messages`; may be incomplete or wrong */
            personal?: components["schemas"]["JsonValue"];
            /** @description as in `POST /v1/messages`; may be incomplete or wrong */
            on_missing?: components["schemas"]["JsonValue"];
            /** @description as in `POST /v1/messages`; may be incomplete or wrong */
            fallback?: components["schemas"]["JsonValue"];
            /** @description as in `POST /v1/messages`; may be incomplete or wrong */
            fallback_template?: components["schemas"]["JsonValue"];
            /** @description as in `POST /v1/messages`; may be incomplete or wrong */
            values?: components["schemas"]["JsonValue"];
            /** @description as in `POST /v1/messages`; may be incomplete or wrong */
            user_values?: components["schemas"]["JsonValue"];
        };
        /** @description A draft without its message. */
        DraftHead: {
            id: string;
            /** @description counts the versions; send it in `If-Match` with a change */
            revision: number;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            changed_at: string;
            /** @description the name of the API key that wrote it last */
            changed_by: string;
            /** @description the title of the first content, or the name of the template */
            title: string | null;
        };
        /** @description Drafts, those changed last first. */
        DraftPage: {
            drafts: components["schemas"]["DraftHead"][];
            next_cursor: string | null;
        };
        /**
         * @description What a vendor's limits do to a content.
         * @enum {string}
         */
        Effect: "refused" | "cut";
        /** @description What was erased. */
        ErasedCounts: {
            terminals: number;
            /** @description slots that terminals had before, and that still had an id */
            former_slots: number;
            /** @description lists of the latest messages of terminals */
            histories: number;
            /** @description and opt-outs of the user; those of terminals go with them */
            attributes: number;
            /** @description in which names were replaced */
            saved_audiences: number;
            /** @description in which names were replaced, or that were for the user alone */
            drafts: number;
            /** @description that were made for the user, or registered a terminal */
            registration_tokens: number;
            /** @description in whose audiences names were replaced */
            messages: number;
            /** @description of messages that were for the user alone */
            contents: number;
            /** @description that messages to many tokens brought */
            push_tokens: number;
            /** @description kept for requests that are repeated with an Idempotency-Key */
            answers: number;
        };
        /**
         * @description An erasure: what was erased so far, whether it is complete, and whether the log of Redis
         *     still holds the data.
         */
        ErasedUser: {
            erased: components["schemas"]["ErasedCounts"];
            complete: boolean;
            log: components["schemas"]["LogState"];
            log_rewritten: string | null;
            /** @description what is still to be done, and by whom */
            remaining: string | null;
        };
        /**
         * @description What happened. Fields that an event of this type does not have are left out.
         *
         *     `id` is the same whenever the event is sent. Events of one `shard` are in order.
         */
        Event: {
            id: string;
            type: components["schemas"]["EventType"];
            /** Format: date-time */
            at: string;
            app: string;
            /** @description a number, or q for events of the app itself */
            shard: string;
            message?: string;
            /** @description number of the part, for a message that goes out in parts */
            part?: number;
            vendor?: components["schemas"]["Vendor"];
            language?: string;
            /** @description a state, null where the push is new; of a gap a place */
            from?: string | null;
            /** @description a state; of a gap a place */
            to?: string | null;
            code?: string | null;
            reason?: string | null;
            count?: number;
            /** @description null where the key may not see terminals; a null item is a terminal whose person was erased */
            terminals?: (string | null)[] | null;
            /** @description SHA-256 of push tokens that the message brought, in hex */
            token_digests?: (string | null)[];
            /** @description whether a click is not proven by the device */
            unproven?: boolean;
            /** @description number of the step, for a message that is escalated */
            step?: number;
            /** @description the report that came for none of the user's terminals */
            unless?: components["schemas"]["Unless"];
            terminal?: string | null;
            user?: string | null;
            erased?: boolean;
            token_digest?: string | null;
            /** @description of the message's content */
            data?: {
                [key: string]: string;
            } | null;
            category?: string | null;
            collapse_key?: string | null;
            status?: string;
            /** @description the variant that the rest of the message gets */
            variant?: string;
            /** @description why the rest gets it */
            ground?: components["schemas"]["WinnerGround"];
            targeted?: number;
            states?: {
                [key: string]: number;
            };
            receipts?: {
                [key: string]: number;
            };
            groups?: components["schemas"]["EventGroup"][];
            /** @description the setting that has the credential */
            credential?: string;
            /** @description of the credential */
            fingerprint?: string;
            /** Format: date-time */
            expires_at?: string;
            /** @description how many days are left at most, until the credential expires */
            days?: string;
        };
        /** @description The sums of one group. */
        EventGroup: {
            targeted: number;
            states: {
                [key: string]: number;
            };
            receipts: {
                [key: string]: number;
            };
            vendor: components["schemas"]["Vendor"];
            language: string;
        };
        /** @description The next events, and where to read on. */
        EventPage: {
            events: components["schemas"]["Event"][];
            /** @description the `after` of the next call */
            after: string;
            /** @description whether there are more events already */
            has_more: boolean;
        };
        /**
         * @description What happened. The names are stable: readers match on them, and must pass over those that
         *     they do not know.
         * @enum {string}
         */
        EventType: "terminal.pending" | "terminal.accepted" | "terminal.invalid" | "terminal.rejected" | "terminal.expired" | "terminal.cancelled" | "terminal.delivered" | "terminal.clicked" | "terminal.muted" | "terminal.gone" | "terminal.recalled" | "terminal.not_reached" | "terminal.registered" | "terminal.removed" | "message.planned" | "message.scheduled" | "message.sending" | "message.paused" | "message.held" | "message.sent" | "message.cancelled" | "message.decided" | "message.snapshot" | "vendor.down" | "vendor.up" | "credential.expiring" | "events.gap" | "store.rolled_back";
        /**
         * @description A message's variants compared.
         *
         *     `clear` is decided by the click race while clicks come in (`evidence` > `needed`), or by one
         *     z-test at the end: once the message has expired, or when the time for a winner is over. Each
         *     errs in at most 5 % of experiments without a difference. A decision is final; `decided_at` says
         *     when it was made.
         */
        Experiment: {
            unit: components["schemas"]["Unit"];
            holdout: number;
            /** @description terminals of the audience that get nothing, to compare with */
            held_out: number;
            variants: components["schemas"]["VariantResult"][];
            best: string | null;
            clear: boolean;
            ground: components["schemas"]["Ground"];
            evidence: number;
            needed: number;
            decided_at: string | null;
            /** @description of a message of which a rest waits */
            winner?: components["schemas"]["Winner"];
        };
        /** @description A terminal, named by its push token. */
        ExplainBody: {
            vendor: components["schemas"]["Vendor"];
            token: string;
        };
        /** @description A vendor and a language. */
        ExplainedGroup: {
            vendor: components["schemas"]["Vendor"];
            language: string;
        };
        /** @description The message that is explained. It is sent between `push_time` and `expires_at`. */
        ExplainedMessage: {
            id: string;
            status: components["schemas"]["Status"];
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            push_time?: string;
            /** Format: date-time */
            expires_at?: string;
            dry_run?: boolean;
            /** @constant */
            content_dropped?: true;
        };
        /** @description The result of the push. */
        ExplainedPush: {
            vendor: components["schemas"]["Vendor"];
            language: components["schemas"]["ChosenLanguage"];
            /** @description the variant that it gets, in a message with variants, where that is decided */
            variant?: string;
            /** @description whether it gets the winner of the variants */
            rest?: boolean;
            moved_to?: components["schemas"]["ExplainedGroup"];
            state: components["schemas"]["State"];
            /** Format: date-time */
            since?: string;
            precision?: components["schemas"]["Precision"];
            attempts?: number;
            unanswered: boolean;
            failure?: components["schemas"]["PushFailure"];
            /** Format: date-time */
            due_at?: string;
            /** Format: date-time */
            expires_at?: string;
            delivered: boolean;
            clicked: boolean;
            muted: boolean;
            gone: boolean;
            recalled: boolean;
            unproven: boolean;
            receipt_times?: components["schemas"]["ReceiptTimes"];
        };
        /**
         * @description The terminal as it is registered now. `changed_at` is when it was registered or changed
         *     last.
         */
        ExplainedTerminal: {
            id?: string;
            registered: boolean;
            vendor?: components["schemas"]["Vendor"];
            language?: string;
            /** Format: date-time */
            changed_at?: string;
        };
        /** @description What a message meant for one terminal: its push, or why it is not for the terminal. */
        Explanation: {
            message: components["schemas"]["ExplainedMessage"];
            terminal: components["schemas"]["ExplainedTerminal"];
            targeted?: boolean;
            reason?: components["schemas"]["NotTargetedReason"];
            push?: components["schemas"]["ExplainedPush"];
            waiting: components["schemas"]["Waiting"][];
        };
        /** @description The part at the side of the live view, and what a click on it does. */
        Extend: {
            /** @enum {integer} */
            type: 0 | 1 | 2 | 3 | 4;
            text?: string | null;
            /** @description file in the app's rawfile folder */
            image?: string | null;
            /** @description page opened on a click, by its action */
            action?: string | null;
            /** @description page opened on a click, by its uri */
            uri?: string | null;
            /** @description number dialled on a click: digits, spaces, -, #, and + at the beginning */
            tel?: string | null;
            /** @description a click removes the live view */
            clear_on_click?: true | null;
        };
        /** @description How many terminals ended in a state for one reason. */
        FailureCount: {
            vendor: components["schemas"]["Vendor"];
            state: components["schemas"]["State"];
            code: string;
            reason: string;
            count: number;
        };
        /** @description `options.fcm`: fields for Android, and blocks for clients on other platforms. */
        FcmOptions: {
            channel_id?: string | null;
            icon?: string | null;
            color?: string | null;
            sound?: string | null;
            default_sound?: boolean | null;
            tag?: string | null;
            click_action?: string | null;
            ticker?: string | null;
            sticky?: boolean | null;
            local_only?: boolean | null;
            event_time?: string | null;
            /** @description FCM cannot clear the number: 0 counts up, as no number does */
            notification_count?: number | null;
            visibility?: ("PRIVATE" | "PUBLIC" | "SECRET") | null;
            notification_priority?: ("PRIORITY_MIN" | "PRIORITY_LOW" | "PRIORITY_DEFAULT" | "PRIORITY_HIGH" | "PRIORITY_MAX") | null;
            proxy?: ("ALLOW" | "DENY" | "IF_PRIORITY_LOWERED") | null;
            title_loc_key?: string | null;
            title_loc_args?: string[] | null;
            body_loc_key?: string | null;
            body_loc_args?: string[] | null;
            default_vibrate_timings?: boolean | null;
            vibrate_timings?: string[] | null;
            default_light_settings?: boolean | null;
            light_settings?: components["schemas"]["LightSettings"] | null;
            restricted_package_name?: string | null;
            direct_boot_ok?: boolean | null;
            bandwidth_constrained_ok?: boolean | null;
            restricted_satellite_ok?: boolean | null;
            analytics_label?: string | null;
            /** @description for the app's clients on iOS */
            apns?: components["schemas"]["ApnsConfig"] | null;
            /** @description for the app's clients in browsers */
            webpush?: components["schemas"]["WebpushConfig"] | null;
        };
        /** @description Too few answers to judge a limit. */
        FewAnswers: {
            /** @description null for clicks, which count for all vendors together */
            vendor: components["schemas"]["Vendor"] | null;
            answers: number;
        };
        /** @description What is wrong with a field, or worth knowing about it, and how to put it right. */
        FieldError: {
            field: string;
            message: string;
        };
        /**
         * @description One terminal, named by its push token or by its id.
         * @example {
         *       "token": "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f",
         *       "vendor": "apns"
         *     }
         */
        FindBody: {
            token?: string | null;
            vendor?: components["schemas"]["Vendor"] | null;
            id?: string | null;
        };
        /** @description One thing that was found, in words, and what to do next. */
        Finding: {
            code: string;
            message: string;
            remedy: string;
        };
        /** @description The picture of a card. */
        FormImage: {
            /** @description the picture's name in the card's data */
            key_name: string;
            /** @description at most 512 KB */
            url: string;
            /** @description 1 = no update without the picture */
            require?: (0 | 1) | null;
        };
        /** @description An update of a card. A card is on one device, so the push goes to a single terminal. */
        FormUpdate: {
            form_id: number;
            /** @description an older one than the card has changes nothing; 0 begins anew */
            version: number;
            module_name: string;
            form_name: string;
            ability_name: string;
            form_data: {
                [key: string]: unknown;
            };
            images?: components["schemas"]["FormImage"][] | null;
        };
        /**
         * @description Whether an audience can be named already.
         * @enum {string}
         */
        FreezeStatus: "freezing" | "frozen";
        /** @description How an audience was frozen, and the progress. */
        FrozenAudience: {
            /** @description `freezing`: until it is `frozen`, the name stands for the audience that it had before, or for none */
            status: components["schemas"]["FreezeStatus"];
            /**
             * Format: date-time
             * @description when its terminals were found
             */
            frozen_at: string;
            /** @description the audience that was frozen, with its lists by their lengths */
            of: components["schemas"]["Audience"];
            /** @description terminals that the audience held then */
            terminals: number;
            /** @description terminals that are marked as part of it so far */
            marked: number;
        };
        /** @description An audience whose terminals are found now. */
        FrozenAudienceBody: {
            audience: components["schemas"]["AudienceNode"];
        };
        /** @description A Gearman function, summed over the servers. */
        FunctionState: {
            function: string;
            queued: number;
            running: number;
            workers: number;
        };
        /**
         * @description Which Gearman servers answer, and for each of these its jobs of all functions, running ones
         *     included.
         */
        GearmanServers: {
            up: string[];
            down: string[];
            queued: {
                [key: string]: number;
            };
        };
        /**
         * @description Why an arm is called clear, or is not.
         * @enum {string}
         */
        Ground: "race" | "end" | "not_clear" | "harm";
        /** @description Terminals of one vendor and language. */
        GroupCount: {
            vendor: components["schemas"]["Vendor"];
            language: string;
            count: number;
        };
        /** @description The counts of one vendor and language. */
        GroupCounts: {
            targeted: number;
            pending: number;
            accepted: number;
            invalid: number;
            rejected: number;
            expired: number;
            cancelled: number;
            delivered: number;
            clicked: number;
            muted: number;
            gone: number;
            recalled: number;
            /** @description terminals from which the notification is removed, because the user clicked on another one: `options.clear_on_click` */
            withdrawn: number;
            /** @description clicks that only a vendor reported, in an app whose `clicked` counts only clicks that devices prove */
            unproven: number;
            received: number;
            click_through_rate: number | null;
            vendor: components["schemas"]["Vendor"];
            language: string;
            received_from: components["schemas"]["ReceivedFrom"];
        };
        /** @description `options.harmony`. */
        HarmonyOptions: {
            /** @description class of the message; any but MARKETING must have been approved by Huawei */
            category?: string | null;
            /** @enum {string} */
            push_type?: "alert" | "form" | "voice" | "background" | "live_view" | "voip";
            /** @description goes with push_type form */
            form?: components["schemas"]["FormUpdate"] | null;
            /** @description goes with push_type live_view */
            live_view?: components["schemas"]["LiveView"] | null;
            /** @description goes with push_type voip */
            voip?: components["schemas"]["VoipCall"] | null;
            /** @description 1 long text, which Huawei is about to withdraw; 3 list of lines */
            style?: (0 | 1 | 3) | null;
            big_title?: string | null;
            big_body?: string | null;
            inbox_content?: string[] | null;
            profile_id?: string | null;
            badge_add?: number | null;
            badge_set?: number | null;
            sound?: string | null;
            /** @description seconds */
            sound_duration?: number | null;
            /** @description false: while the app is in front, it is handed the push instead */
            foreground_show?: boolean | null;
            /** @description page opened on a click, by its action */
            action?: string | null;
            /** @description page opened on a click, by its uri */
            uri?: string | null;
            notify_id?: number | null;
            receipt_id?: string | null;
            background_mode?: (0 | 1) | null;
            /** @description of background pushes: also stored for the app to read later */
            proxy_data?: boolean | null;
            test_message?: boolean | null;
        };
        /** @description The process is alive. */
        Health: {
            /** @constant */
            status: "ok";
        };
        /** @description Terminals for which the message waits until quiet hours end there. */
        Held: {
            /** @description in a message to at most 64 terminals or users these are pending; in any other they are not targeted yet */
            count: number;
            /**
             * Format: date-time
             * @description when the first of them are due
             */
            next_at: string;
        };
        /** @description Tokens that a vendor called dead, kept because there were too many. */
        HeldRemoval: {
            app: string;
            vendor: components["schemas"]["Vendor"];
            tokens: number;
        };
        /** @description Held removals in the order of terminals' ids. */
        HeldRemovalPage: {
            /** @description terminals on the list */
            listed: number;
            /** @description terminals that found no room on the list: they are held as well */
            beyond: number;
            terminals: components["schemas"]["HeldTerminal"][];
            next_cursor: string | null;
            /** @description the last removal that was confirmed */
            removal: components["schemas"]["HeldRemovalProgress"] | null;
        };
        /** @description How far a confirmed removal has come. */
        HeldRemovalProgress: {
            /** Format: date-time */
            requested_at: string;
            ended_at: string | null;
            /** @description terminals that were listed when it was confirmed */
            held: number;
            removed: number;
            /** @description terminals that have another push token by now, or were gone already */
            kept: number;
        };
        /** @description A terminal that stays although the vendor called its push token dead. */
        HeldTerminal: {
            terminal: string;
            /** @description the vendor's code; `gone` if a receipt reported it */
            code: string;
            /**
             * Format: date-time
             * @description when the token was called dead first
             */
            since: string;
            /** @description when the token died, by the vendor's word */
            died_at: string | null;
        };
        /**
         * @description Messages of a terminal, the latest first. If `older_small_messages` is true, there may have
         *     been more small messages: a terminal keeps only the latest 50.
         */
        History: {
            messages: components["schemas"]["HistoryEntry"][];
            older_small_messages: boolean;
            next_cursor: string | null;
        };
        /**
         * @description A message that was pushed to the terminal. `push_time` and `dry_run` are left out if the
         *     message's content was dropped.
         */
        HistoryEntry: {
            message: string;
            /** Format: date-time */
            push_time?: string;
            size: components["schemas"]["MessageSize"];
            dry_run?: boolean;
            push: components["schemas"]["ExplainedPush"];
        };
        /** @description A button under the notification. */
        HonorButton: {
            name: string;
            /** @enum {integer} */
            action_type: 0 | 1 | 2;
            intent_type?: number | null;
            intent?: string | null;
            data?: string | null;
        };
        /** @description `options.honor`. */
        HonorOptions: {
            /** @description LOW for marketing, NORMAL for service messages, which need Honor's approval */
            importance?: ("LOW" | "NORMAL") | null;
            badge_add?: number | null;
            badge_set?: number | null;
            badge_class?: string | null;
            /** @description opened on a click */
            url?: string | null;
            /** @description page opened on a click */
            intent?: string | null;
            /** @description page opened on a click, by its action */
            action?: string | null;
            big_title?: string | null;
            /** @description text of the long style */
            big_body?: string | null;
            when?: string | null;
            buttons?: components["schemas"]["HonorButton"][] | null;
            group?: string | null;
            /** @description 1 = a test message */
            target_user_type?: (0 | 1) | null;
        };
        /** @description A button under the notification. Huawei decides what each `action_type` needs. */
        HuaweiButton: {
            name: string;
            action_type: number;
            intent_type?: number | null;
            intent?: string | null;
            data?: string | null;
        };
        /** @description `options.huawei`: the notification's own fields, its class, and what a click opens. */
        HuaweiOptions: {
            channel_id?: string | null;
            /** @description `/raw/name`, of the app's own resources */
            icon?: string | null;
            color?: string | null;
            ticker?: string | null;
            notify_summary?: string | null;
            when?: string | null;
            /** @description `/raw/name`; unset = the device's own */
            sound?: string | null;
            /** @description whether the device's own is heard */
            default_sound?: boolean | null;
            /** @description equal ones replace each other */
            notify_id?: number | null;
            use_default_vibrate?: boolean | null;
            vibrate_config?: string[] | null;
            use_default_light?: boolean | null;
            light_settings?: components["schemas"]["LightSettings"] | null;
            /** @description 1 long text, 3 list of lines */
            style?: (0 | 1 | 3) | null;
            big_title?: string | null;
            big_body?: string | null;
            inbox_content?: string[] | null;
            tag?: string | null;
            group?: string | null;
            title_loc_key?: string | null;
            title_loc_args?: string[] | null;
            body_loc_key?: string | null;
            body_loc_args?: string[] | null;
            buttons?: components["schemas"]["HuaweiButton"][] | null;
            visibility?: ("PRIVATE" | "PUBLIC" | "SECRET") | null;
            foreground_show?: boolean | null;
            /** @description milliseconds until it goes by itself */
            auto_clear?: number | null;
            auto_cancel?: boolean | null;
            profile_id?: string | null;
            /** @description class of the message; Huawei takes what it has approved for the app, and counts the rest as marketing */
            category?: string | null;
            /** @description of silent pushes; HIGH needs Huawei's permission */
            urgency?: ("HIGH" | "NORMAL") | null;
            importance?: ("LOW" | "NORMAL") | null;
            badge_add?: number | null;
            badge_set?: number | null;
            badge_class?: string | null;
            /** @description opened on a click */
            url?: string | null;
            /** @description page opened on a click */
            intent?: string | null;
            /** @description page opened on a click, by its action */
            action?: string | null;
            receipt_id?: string | null;
            /** @description 1 development, 2 production */
            fast_app_target?: (1 | 2) | null;
            /** @description 1 = a test message */
            target_user_type?: (0 | 1) | null;
        };
        /** @description The results of an import's lines. The first `lines` lines are done. */
        Import: {
            lines: number;
            created: number;
            updated: number;
            failed: number;
            errors: components["schemas"]["BadLine"][];
            warnings: components["schemas"]["WarningCount"][];
        };
        /** @description The progress of an import. */
        ImportRecord: {
            lines: number;
            created: number;
            updated: number;
            failed: number;
            errors: components["schemas"]["BadLine"][];
            warnings: components["schemas"]["WarningCount"][];
            name: string;
            status: components["schemas"]["ImportStatus"];
            /** Format: date-time */
            started_at: string;
            /** Format: date-time */
            updated_at: string;
            finished_at: string | null;
        };
        /**
         * @description Whether an import goes on.
         * @enum {string}
         */
        ImportStatus: "running" | "stopped" | "finished";
        /**
         * @description What happens to terminals that are in quiet hours.
         * @enum {string}
         */
        InQuietHours: "leave_out" | "hold" | "ignore";
        /** @description A terminal that the message named by its push token. */
        InlineToken: {
            vendor: components["schemas"]["Vendor"];
            token: string;
            language: string;
        };
        /** @description A terminal given by its push token. */
        InlineTokenBody: {
            vendor: components["schemas"]["Vendor"];
            token: string;
            /** @description BCP 47; unset = the app's default */
            language?: string | null;
        };
        JsonValue: unknown;
        /** @description An API key without its secret. */
        Key: {
            id: string;
            /** @description null for an operator's key */
            app: string | null;
            scopes: components["schemas"]["Scope"][];
            name: string;
            /** Format: date-time */
            created_at: string;
            /** @description the id of the key that created it; null for a command */
            created_by: string | null;
            expires_at: string | null;
            networks: string[];
            /** @description requests a second; null for any number */
            rate_limit: number | null;
            /** @description to within about 10 s; null where it was never used */
            last_used_at: string | null;
            /** @description until when an earlier secret is valid; null if none is */
            previous_until: string | null;
        };
        /** @description An API key that is to be created. */
        KeyBody: {
            /** @description what it may do; `terminals` is `terminals:read` and `terminals:write`, `admin` all of its app, `operator` stands alone */
            scopes: components["schemas"]["Scope"][];
            /** @description a note to recognize the key by; the audit log shows it */
            name?: string;
            /** @description the app of the key. An operator names one, except for the scope `operator`; an app's own key need not */
            app?: string | null;
            /** @description when the key expires; unset = never */
            expires_at?: string | null;
            /** @description addresses and networks that its requests may come from; none = any */
            networks?: string[];
            /** @description requests a second; a batch counts as many as it has items; unset = any number */
            rate_limit?: number | null;
        };
        /** @description Some API keys, oldest first. */
        KeyPage: {
            keys: components["schemas"]["Key"][];
            next_cursor: string | null;
        };
        /**
         * @description Where the key that signs is kept.
         * @enum {string}
         */
        KeySource: "configuration" | "store";
        /**
         * @description Why a terminal gets the content of a language.
         * @enum {string}
         */
        LanguageMatch: "exact" | "nearest" | "default";
        /** @description The vendor's last refusal of the app's credential. */
        LastRefusal: {
            /** Format: date-time */
            at: string;
            code: string;
            reason: string;
        };
        /** @description The app's last removal of silent terminals, null where there was none. */
        LastRemoval: {
            removal: components["schemas"]["SilentRemoval"] | null;
        };
        /** @description How the light of the device blinks. */
        LightSettings: {
            color: components["schemas"]["Colour"];
            light_on_duration: string;
            light_off_duration: string;
        };
        /** @description A content that the vendor refuses or that is cut for it, and how many terminals get it. */
        LimitedContent: {
            content_language: string;
            /** @description whether it is for topics, which have limits of their own */
            topics: boolean;
            count: number;
            effect: components["schemas"]["Effect"];
            code: string;
            field: string;
            message: string;
        };
        /** @description What a push does to a Live Activity. */
        LiveActivity: {
            /** @enum {string} */
            event: "start" | "update" | "end";
            content_state: {
                [key: string]: unknown;
            };
            /** @description seconds since the epoch */
            stale_date?: number | null;
            /** @description seconds since the epoch */
            dismissal_date?: number | null;
            /** @description needed by event start */
            attributes_type?: string | null;
            /** @description needed by event start */
            attributes?: {
                [key: string]: unknown;
            } | null;
            /** @description for event start on iOS 18: the app is woken to make a token for updates */
            input_push_token?: 1 | null;
            /** @description for event start on iOS 18: the id of the channel it listens to, instead of input_push_token */
            input_push_channel?: string | null;
        };
        /** @description A part of the text with its own colour. */
        LiveText: {
            /** @description `{{status}}` stands for the status */
            text: string;
            /** @description #AARRGGBB */
            foreground_color?: string | null;
        };
        /** @description A live view. The content's title and body are for devices without live views. */
        LiveView: {
            /** @description chosen by you; one id is one live view */
            activity_id: number;
            /** @enum {string} */
            operation: "create" | "update" | "end";
            /**
             * @description each needs Huawei's permission
             * @enum {string}
             */
            event: "FLIGHT" | "TAXI" | "TRAIN" | "DELIVERY" | "QUEUE" | "RENT" | "PICK_UP" | "SCORE" | "TIMER" | "WORKOUT" | "NAVIGATION" | "EXPRESS" | "CHECK_IN" | "TRADE" | "SUBSCRIBE_TIMER";
            sub_event?: string | null;
            /** @description needed on create, and on updates of what a push created */
            status?: string | null;
            /** @description greater than the last */
            version?: number | null;
            /** @description default true */
            mute?: boolean | null;
            share_url?: string | null;
            /**
             * @description 3 progress, 4 emphasised text, 5 texts left and right, 7 game
             * @enum {integer}
             */
            type: 3 | 4 | 5 | 7;
            /** @description needed on create */
            content_title?: string | null;
            /** @description needed on create */
            content_text?: components["schemas"]["LiveText"][] | null;
            /** @description page opened on a click, by its action */
            action?: string | null;
            /** @description page opened on a click, by its uri */
            uri?: string | null;
            /** @description on create */
            flight_no?: string | null;
            /** @description on create */
            train_no?: string | null;
            /** @description seconds it stays in the list after its end; unset = not at all */
            keep_time?: number | null;
            /** @description of type 3 */
            rich_progress?: {
                [key: string]: unknown;
            } | null;
            /** @description of type 4 */
            single_text_block?: {
                [key: string]: unknown;
            } | null;
            /** @description of type 5 */
            first_text_block?: {
                [key: string]: unknown;
            } | null;
            /** @description of type 5 */
            last_text_block?: {
                [key: string]: unknown;
            } | null;
            /** @description of type 7 */
            game?: {
                [key: string]: unknown;
            } | null;
            extend?: components["schemas"]["Extend"] | null;
            capsule?: components["schemas"]["Capsule"] | null;
            /** @description for small outer screens */
            external?: {
                [key: string]: unknown;
            } | null;
        };
        /**
         * @description One local time for all terminals: each is pushed to when clocks in its own time zone show
         *     it. A terminal without a time zone has the app's `timezone`.
         */
        LocalPushTime: {
            /** @description date and time without an offset, such as 2031-01-01T20:00 */
            local: string;
            /** @description terminals in whose zones the time is already past: send to them at once if the time to live is not over, skip them, or send at this time tomorrow */
            passed?: components["schemas"]["Passed"];
        };
        /**
         * @description What became of the server's log, which holds all that was written before.
         * @enum {string}
         */
        LogState: "rewritten" | "pending" | "refused";
        /** @description The name of a terminal for tests. */
        MarkBody: {
            /** @description such as `Anna's phone` */
            name: string;
        };
        /** @description A terminal for tests, registered or not: its mark stays until it is taken off. */
        MarkedTerminal: {
            id: string;
            name: string;
            /** Format: date-time */
            marked_at: string;
            registered: boolean;
            /** @description null for a terminal that is not registered */
            vendor: components["schemas"]["Vendor"] | null;
            language: string | null;
        };
        /** @description The terminals for tests, in the order of their names. */
        MarkedTerminals: {
            terminals: components["schemas"]["MarkedTerminal"][];
        };
        /**
         * @description What is counted among the canary's terminals.
         * @enum {string}
         */
        Measure: "rejected" | "invalid" | "gone" | "muted" | "clicks";
        /** @description Options of a message for Meizu. */
        MeizuOptions: {
            /** @description a private message, not a public one */
            private?: boolean | null;
            /** @description opened on a click: a page on the web or of the app */
            url?: string | null;
            /** @description opened on a click */
            activity?: string | null;
            sound?: boolean | null;
            vibrate?: boolean | null;
            lights?: boolean | null;
            /** @description text when it is unfolded */
            expanded?: string | null;
            /** @description shown floating */
            suspend?: boolean | null;
            /** @description may be cleared by the user */
            clear_notice_bar?: boolean | null;
        };
        /**
         * @description One push request. It has `content` or `variants`, or names a `template`.
         * @example {
         *       "audience": {
         *         "all": true
         *       },
         *       "content": {
         *         "en": {
         *           "body": "Today only",
         *           "data": {
         *             "page": "sale"
         *           }
         *         },
         *         "zh-Hans": {
         *           "body": "仅限今天"
         *         }
         *       },
         *       "default_language": "en",
         *       "options": {
         *         "apns": {
         *           "badge": 1
         *         },
         *         "collapse_key": "sale",
         *         "priority": "high",
         *         "ttl": 3600
         *       },
         *       "push_time": "2027-01-01T20:00:00+08:00"
         *     }
         */
        MessageBody: {
            /** @description by BCP 47 language */
            content?: {
                [key: string]: components["schemas"]["ContentBody"];
            };
            template?: components["schemas"]["TemplateReference"];
            /** @description in place of `content`: each terminal gets one of the variants, always the same one */
            variants?: components["schemas"]["VariantBody"][];
            /** @description with variants: per cent of terminals that get nothing, to compare with */
            holdout?: number;
            /** @description with variants: `user` gives all terminals of a user the same variant; unset = `terminal` */
            unit?: components["schemas"]["Unit"];
            /** @description with variants: how the rest gets one of them */
            winner?: components["schemas"]["WinnerBody"];
            /** @description one of content's, for terminals whose language none of them fits; unset = the app's, or the only one */
            default_language?: string | null;
            /** @description RFC 3339 with offset; unset, or past by at most 5 minutes = now; at most 366 days ahead; or a local time, at which each terminal is pushed to in its own time zone; or the best hour, in which each terminal clicks most */
            push_time?: string | components["schemas"]["LocalPushTime"] | components["schemas"]["BestHourPushTime"] | null;
            audience: components["schemas"]["AudienceBody"];
            options?: components["schemas"]["OptionsBody"];
            /** @description content has placeholders such as `{{ name | default: "friend" }}`, into which each terminal's values are filled; else they are sent as they are. Of a template with placeholders they are always filled */
            personal?: boolean;
            /** @description what a terminal gets that lacks a value without a default: nothing (it is rejected with the code `missing_value`), or the fallback; unset = `leave_out` */
            on_missing?: components["schemas"]["OnMissing"] | null;
            /** @description content without placeholders, in the same languages, for `on_missing`: `fallback` */
            fallback?: {
                [key: string]: components["schemas"]["ContentBody"];
            } | null;
            /** @description in place of `fallback`: a stored template without placeholders, in all languages of content */
            fallback_template?: components["schemas"]["TemplateReference"];
            /** @description what `{{ values.<name> }}` shows, for all terminals */
            values?: {
                [key: string]: string | number | boolean;
            };
            /** @description values for the terminals of a user, by the user's name; they take precedence over `values` */
            user_values?: {
                [key: string]: {
                    [key: string]: string | number | boolean;
                };
            };
            /** @description what follows where the message does not reach a user in time, in the order of time: each step is a message of its own */
            escalate?: components["schemas"]["StepBody"][];
        };
        /** @description The variant that the rest of a message gets. */
        MessageDecision: {
            id: string;
            variant: string;
            ground: components["schemas"]["WinnerGround"];
            /** Format: date-time */
            decided_at: string;
        };
        /** @description Messages by status; for an operator also the jobs that wait for another try. */
        MessageDepth: {
            scheduled: number;
            dispatching: number;
            sending: number;
            paused: number;
            retries?: number;
        };
        /** @description Some messages, newest first. */
        MessagePage: {
            messages: components["schemas"]["TrackedMessage"][];
            next_cursor: string | null;
        };
        /** @description The predicted results of a message. Nothing is stored. */
        MessagePlan: {
            /** Format: date-time */
            push_time: string;
            local_push_time?: components["schemas"]["ShownLocalTime"];
            best_hour_push_time?: components["schemas"]["ShownBestHour"];
            /** @description for a message to a local time or to the best hour: how many terminals are due when */
            local_times?: components["schemas"]["PlannedInstant"][];
            /** Format: date-time */
            expires_at: string;
            total: number;
            groups: components["schemas"]["PlannedGroup"][];
            timezones?: components["schemas"]["TimezoneCount"][];
            vendors: components["schemas"]["PlannedVendor"][];
            /** @description terminals of vendors that the app is not set up for */
            not_configured: number;
            refused: number;
            cut: number;
            /** @description null where the rate of a vendor is not known */
            expiring: number | null;
            /** @description when the last terminal is reached; null where the rate of a vendor is not known */
            last_push_at: string | null;
            /** @description null for push tokens */
            recent_outcomes: components["schemas"]["RecentOutcomes"] | null;
            /** @description null for push tokens */
            overlaps: components["schemas"]["Overlaps"] | null;
            /** @description of a personal message */
            personal?: components["schemas"]["PersonalPlan"];
            /** @description the warnings that the message would get, and limits of the figures */
            warnings: components["schemas"]["FieldError"][];
        };
        /**
         * @description How a message is sent: in bundles with others, to at most 64 terminals; or by itself.
         * @enum {string}
         */
        MessageSize: "small" | "large";
        /**
         * @description A terminal of a message: named by its id, or by the push token that the message brought.
         *
         *     `user` is that of the terminal now. `code` and `reason` are those of a failure. `time` is when
         *     the terminal came to its state.
         */
        MessageTerminal: {
            terminal: string | null;
            token: string | null;
            user: string | null;
            vendor: components["schemas"]["Vendor"];
            language: string;
            state: components["schemas"]["State"];
            code: string | null;
            reason: string | null;
            time: string | null;
            delivered: boolean;
            delivered_at: string | null;
            clicked: boolean;
            clicked_at: string | null;
            muted: boolean;
            gone: boolean;
            recalled: boolean;
            unproven: boolean;
        };
        /** @description Some of the terminals of a message. */
        MessageTerminalPage: {
            terminals: components["schemas"]["MessageTerminal"][];
            next_cursor: string | null;
        };
        /**
         * @description A message, and warnings about fields that were accepted but have less effect than the caller
         *     may expect.
         */
        MessageWithWarnings: {
            id: string;
            status: components["schemas"]["Status"];
            /** Format: date-time */
            push_time: string;
            local_push_time?: components["schemas"]["ShownLocalTime"];
            best_hour_push_time?: components["schemas"]["ShownBestHour"];
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string;
            retries: number;
            content: {
                [key: string]: components["schemas"]["Content"];
            };
            /** @description null where the content came with the message */
            template: components["schemas"]["TemplateVersion"] | null;
            default_language: string;
            audience: components["schemas"]["Audience"];
            options: components["schemas"]["Options"];
            /** @description whether each terminal's values are filled into the content */
            personal: boolean;
            on_missing?: components["schemas"]["OnMissing"];
            fallback?: {
                [key: string]: components["schemas"]["Content"];
            };
            values?: {
                [key: string]: string | number | boolean;
            };
            user_values?: {
                [key: string]: {
                    [key: string]: string | number | boolean;
                };
            };
            /** @description `content` is that of the first */
            variants?: components["schemas"]["Variant"][];
            /** @description per cent */
            holdout?: number;
            unit?: components["schemas"]["Unit"];
            /** @description for a message with a rest that waits for a winner */
            winner?: components["schemas"]["ShownWinner"];
            /** @description the message whose notification this one removes, because the user clicked on another terminal; lists leave such messages out */
            withdraws?: string;
            /** @description the steps for users whom it does not reach in time */
            escalate?: components["schemas"]["ShownStep"][];
            /** @description of which message it is a step */
            escalates?: components["schemas"]["ShownEscalates"];
            warnings: components["schemas"]["FieldError"][];
        };
        /**
         * @description What becomes of instants that no scheduler saw in time.
         * @enum {string}
         */
        Missed: "latest" | "skip" | "all";
        /** @description Arrivals in a state, or receipts, within one minute. */
        Moment: {
            /** Format: date-time */
            at: string;
            pending?: number;
            accepted?: number;
            invalid?: number;
            rejected?: number;
            expired?: number;
            cancelled?: number;
            delivered?: number;
            clicked?: number;
            muted?: number;
            gone?: number;
            recalled?: number;
            unproven?: number;
        };
        /** @description The things that list the user, or the user's terminals or push tokens. */
        NamedBy: {
            saved_audiences: string[];
            drafts: string[];
            /** @description names of recurring messages */
            schedules: string[];
            scheduled_messages: string[];
        };
        /** @description An API key with its text, which is shown this once. */
        NewKey: {
            id: string;
            /** @description null for an operator's key */
            app: string | null;
            scopes: components["schemas"]["Scope"][];
            name: string;
            /** Format: date-time */
            created_at: string;
            /** @description the id of the key that created it; null for a command */
            created_by: string | null;
            expires_at: string | null;
            networks: string[];
            /** @description requests a second; null for any number */
            rate_limit: number | null;
            /** @description to within about 10 s; null where it was never used */
            last_used_at: string | null;
            /** @description until when an earlier secret is valid; null if none is */
            previous_until: string | null;
            /** @description the text to send as `Authorization: Bearer <key>` */
            key: string;
        };
        /**
         * @description Why an instant of a series has no message.
         * @enum {string}
         */
        NoPart: "missed" | "paused" | "overlap" | "expired" | "restored" | "too_many_waiting" | "audience_deleted";
        /**
         * @description Why a message is not for a terminal. A code never changes its text.
         * @enum {string}
         */
        NotTargeted: "unknown_terminal" | "unknown_token" | "vendor_not_configured" | "not_planned" | "cancelled" | "expired" | "nobody" | "not_listed" | "not_in_audience" | "held_out" | "registered_later" | "content_dropped" | "tokens_dropped";
        /** @description Why the message is not for the terminal. */
        NotTargetedReason: {
            code: components["schemas"]["NotTargeted"];
            message: string;
        };
        /** @description A button of the notification. */
        NotificationAction: {
            /** @description what the service worker is told of a click on it */
            action: string;
            title: string;
            icon?: string | null;
        };
        /**
         * @description What a terminal gets if it lacks a value that the content needs.
         * @enum {string}
         */
        OnMissing: "leave_out" | "fallback";
        /** @description Options of a message for OPPO. */
        OppoOptions: {
            subtitle?: string | null;
            channel_id?: string | null;
            /** @description class of the message */
            category?: string | null;
            /** @description 1 bar, 2 also lock screen, 16 all alerts; needs a category, 2 and 16 one of communication and service */
            notify_level?: (1 | 2 | 16) | null;
            badge_add?: number | null;
            /** @description 0 clears it */
            badge_set?: number | null;
            /** @description of OPPO's upload */
            small_picture_id?: string | null;
            /** @description of OPPO's upload; the content is saved first, and then pushed */
            big_picture_id?: string | null;
            /** @description opened on a click */
            url?: string | null;
            /** @description opened on a click, by its action */
            activity?: string | null;
            /** @description opened on a click, by its class */
            activity_class?: string | null;
            /** @description opened on a click, by an intent URL */
            intent?: string | null;
            wifi_only?: boolean | null;
            /** @description seconds it may be shown */
            show_ttl?: number | null;
            /** @description ms since the epoch */
            show_from?: number | null;
            /** @description ms since the epoch */
            show_until?: number | null;
            /** @description of a template that OPPO approved, as private classes need */
            private_msg_template_id?: string | null;
            private_title_parameters?: {
                [key: string]: string;
            } | null;
            private_content_parameters?: {
                [key: string]: string;
            } | null;
        };
        /** @description Categories that are opted out of, and those that are taken back; the others stay. */
        OptOutChange: {
            add?: string[];
            remove?: string[];
        };
        /**
         * @description How a message is pushed: the options of all vendors, and under its name those of
         *     each vendor.
         */
        Options: {
            ttl: number;
            priority: components["schemas"]["Priority"];
            delivery: components["schemas"]["Delivery"];
            collapse_key: string | null;
            on_too_long: components["schemas"]["TooLong"];
            dry_run: boolean;
            silent: boolean;
            badge: number | null;
            category: string | null;
            quiet_hours: components["schemas"]["InQuietHours"];
            require_audience: boolean;
            clear_on_click: boolean;
            /** @description a duration such as `10m` */
            spread: string | null;
            canary: components["schemas"]["Canary"] | null;
            apns?: components["schemas"]["ApnsOptions"];
            fcm?: components["schemas"]["FcmOptions"];
            harmony?: components["schemas"]["HarmonyOptions"];
            honor?: components["schemas"]["HonorOptions"];
            huawei?: components["schemas"]["HuaweiOptions"];
            meizu?: components["schemas"]["MeizuOptions"];
            oppo?: components["schemas"]["OppoOptions"];
            vivo?: components["schemas"]["VivoOptions"];
            webpush?: components["schemas"]["WebPushOptions"];
            xiaomi?: components["schemas"]["XiaomiOptions"];
        };
        /**
         * @description How the message is pushed. Every further key is a vendor's name, with that vendor's own
         *     options.
         */
        OptionsBody: {
            /** @description seconds after the push time at which pending pushes expire */
            ttl?: number;
            priority?: components["schemas"]["Priority"];
            /** @description whether a push that got no answer is sent again */
            delivery?: components["schemas"]["Delivery"];
            /** @description what to do with content that is longer than a vendor takes: reject the vendor's terminals, refuse the message, or truncate the content */
            on_too_long?: components["schemas"]["TooLong"];
            /** @description pass the data to the app and show nothing, if the vendor has such pushes */
            silent?: boolean;
            /** @description the number at the app's icon, where the vendor sets it */
            badge?: number | null;
            /** @description what the message is about: message, account, order, reminder, news, marketing, or a name of the app's own. Terminals and people that opted out of it are left out. It also decides each vendor's class, unless the vendor's own option names one */
            category?: string | null;
            /** @description what terminals in quiet hours get: nothing (leave_out), or the message when their quiet hours end, within `ttl` (hold); ignore is for messages that cannot wait, such as codes and alarms; null is the app's setting quiet_hours */
            quiet_hours?: components["schemas"]["InQuietHours"] | null;
            /** @description refuse the message if its audience names unknown terminals or users, or is empty; if false, only `warnings` say so */
            require_audience?: boolean;
            /** @description check everything and deliver nothing; FCM and Huawei check it themselves */
            dry_run?: boolean;
            /** @description send evenly over this time, such as `10m`, instead of as fast as vendors take it; shorter than the time to live */
            spread?: string | null;
            canary?: components["schemas"]["CanaryBody"];
            /** @description a click on one terminal removes the notification from the user's other terminals, where the vendor or the client app can do that */
            clear_on_click?: boolean;
            /** @description a later message with the same key replaces this one on the device */
            collapse_key?: string | null;
            apns?: components["schemas"]["ApnsOptions"];
            fcm?: components["schemas"]["FcmOptions"];
            harmony?: components["schemas"]["HarmonyOptions"];
            honor?: components["schemas"]["HonorOptions"];
            huawei?: components["schemas"]["HuaweiOptions"];
            meizu?: components["schemas"]["MeizuOptions"];
            oppo?: components["schemas"]["OppoOptions"];
            vivo?: components["schemas"]["VivoOptions"];
            webpush?: components["schemas"]["WebPushOptions"];
            xiaomi?: components["schemas"]["XiaomiOptions"];
        };
        /**
         * @description What becomes of an instant while the message of the last one is still being sent.
         * @enum {string}
         */
        Overlap: "send" | "skip";
        /** @description A message at about the same time that is for some of the same terminals. */
        OverlappingMessage: {
            id: string;
            status: components["schemas"]["Status"];
            /** Format: date-time */
            push_time: string;
            /** @description terminals that get both messages */
            count: number;
        };
        /**
         * @description Messages whose push times are at most 30 minutes away: large ones, and small ones that
         *     wait.
         */
        Overlaps: {
            messages: components["schemas"]["OverlappingMessage"][];
            /** @description how many messages were looked at */
            compared: number;
            /** @description false where there were too many to look at, or to list */
            complete: boolean;
        };
        /** @description How fast pushes go to a vendor, and the source of that figure. */
        Pace: {
            per_second: number;
            /** @description `settings` is the rate_limit of the app's section or the vendor's own quota; `measured` is the busiest minute of the last hour */
            source: components["schemas"]["RateSource"];
        };
        /** @description The results of a part of a message: the terminals whose local time came at one instant. */
        PartResults: {
            targeted: number;
            pending: number;
            accepted: number;
            invalid: number;
            rejected: number;
            expired: number;
            cancelled: number;
            delivered: number;
            clicked: number;
            muted: number;
            gone: number;
            recalled: number;
            /** @description terminals from which the notification is removed, because the user clicked on another one: `options.clear_on_click` */
            withdrawn: number;
            /** @description clicks that only a vendor reported, in an app whose `clicked` counts only clicks that devices prove */
            unproven: number;
            received: number;
            click_through_rate: number | null;
            number: number;
            /** Format: date-time */
            push_time: string;
            /** Format: date-time */
            expires_at: string;
            status: components["schemas"]["Status"];
            /** @description whether these terminals were left out, because the time to live was over in their zone */
            missed: boolean;
        };
        /** @description The parts of a message that are not made yet. */
        PartsToCome: {
            /** @description at how many instants terminals are still due */
            instants: number;
            next_at: string | null;
            /** @description about how many terminals are still to come, as of `counted_at` */
            terminals: number;
            /** @description instants at which nobody is due are left out */
            counts: components["schemas"]["CountToCome"][];
            /**
             * Format: date-time
             * @description when it was counted; a count is used for half a minute
             */
            counted_at: string;
        };
        /**
         * @description What happens to terminals in whose zones the local time has already passed when the message
         *     is made.
         * @enum {string}
         */
        Passed: "send" | "skip" | "tomorrow";
        /** @description Since when something is paused, and by which API key. */
        Pause: {
            /** Format: date-time */
            since: string;
            key_id: string;
            key_name: string;
        };
        /**
         * @description Why events are not delivered.
         * @enum {string}
         */
        PauseReason: "requested" | "gone" | "undeliverable";
        /** @description Whether an app is paused; null: it is not. */
        PausedApp: {
            app: string;
            paused: components["schemas"]["Pause"] | null;
        };
        /** @description Whether an app's vendor is paused; null: it is not. */
        PausedVendor: {
            app: string;
            vendor: components["schemas"]["Vendor"];
            paused: components["schemas"]["Pause"] | null;
        };
        /** @description The values that a personal message names. */
        PersonalPlan: {
            /** @description of how many terminals values were read: at most 1,024, spread over the audience */
            looked_at: number;
            values: components["schemas"]["PlannedValue"][];
        };
        /** @description Quiet hours of a person. They go over midnight if they end before they begin. */
        PersonalQuietHours: {
            /** @description a quarter of an hour, such as 22:00 */
            begin: string;
            /** @description a quarter of an hour, such as 07:30 */
            end: string;
        };
        /**
         * @description How far a canary is.
         * @enum {string}
         */
        Phase: "running" | "held" | "slowed" | "passed" | "ended";
        /** @description Terminals of one vendor and language, and the language of the content that they get. */
        PlannedGroup: {
            vendor: components["schemas"]["Vendor"];
            language: string;
            count: number;
            content_language: string;
        };
        /** @description Terminals that are due at one instant. */
        PlannedInstant: {
            /** Format: date-time */
            at: string;
            count: number;
        };
        /** @description A value that a personal message names. */
        PlannedValue: {
            /** @description as the placeholder has it, such as `user.city` */
            name: string;
            /** @description whether the content is sent without the value, too */
            has_default: boolean;
            /** @description terminals that do not have the value, of those looked at */
            missing: number;
            /** @description characters of the longest value, of those looked at */
            longest: number;
        };
        /** @description The predicted results for the terminals of one vendor. */
        PlannedVendor: {
            vendor: components["schemas"]["Vendor"];
            /** @description whether the app is set up for the vendor: pushes to others wait, and expire */
            configured: boolean;
            /** @description whether the app or the vendor is paused: pushes wait */
            paused: components["schemas"]["Pause"] | null;
            count: number;
            /** @description terminals that the vendor's limits on their content reject */
            refused: number;
            /** @description terminals for which the content is shortened */
            cut: number;
            /** @description terminals to which something is sent */
            sent: number;
            contents: components["schemas"]["LimitedContent"][];
            /** @description null where none is set and too few pushes were measured */
            rate: components["schemas"]["Pace"] | null;
            /** @description from the push time to the last push; null without a rate */
            seconds: number | null;
            /** @description terminals that are not reached before the message expires; null without a rate */
            expiring: number | null;
        };
        /**
         * @description How exact the time of a state is.
         * @enum {string}
         */
        Precision: "second" | "minute";
        /**
         * @description The section before the last change, kept in reserve: it is used if the vendor refuses the new
         *     one.
         */
        PreviousSection: {
            fingerprints: {
                [key: string]: string;
            };
            /** Format: date-time */
            until: string;
        };
        /**
         * @description How urgent a message is. Decides the order of jobs, and is passed on to the vendor.
         * @enum {string}
         */
        Priority: "high" | "normal" | "low";
        /**
         * @description A problem document (RFC 9457).
         * @example {
         *       "code": "invalid_request",
         *       "detail": "1 field(s) are not valid",
         *       "errors": [
         *         {
         *           "field": "push_time",
         *           "message": "must be a date and time with an offset (RFC 3339), such as 2027-01-01T20:00:00+08:00"
         *         }
         *       ],
         *       "status": 422,
         *       "type": "urn:pushgate:problem:invalid_request"
         *     }
         */
        Problem: {
            /** @description URI of the problem's type */
            type: string;
            title: string;
            status: number;
            code: components["schemas"]["ProblemCode"];
            detail: string;
            errors?: components["schemas"]["FieldError"][];
            progress?: components["schemas"]["Import"];
        };
        /**
         * @description What went wrong, for programs: codes are stable, texts are not.
         * @enum {string}
         */
        ProblemCode: "malformed_http" | "unreadable_body" | "idempotency_key_not_taken" | "unauthorized" | "device_unauthorized" | "forbidden" | "not_genuine" | "not_found" | "method_not_allowed" | "too_slow" | "conflict" | "idempotency_key_reused" | "no_master_key" | "app_in_file" | "outdated_revision" | "too_large" | "unsupported_media_type" | "invalid_request" | "headers_too_large" | "too_many_waiting" | "rate_limited" | "too_many_registrations" | "internal_error" | "engine_unavailable" | "outcome_unknown" | "overloaded" | "too_many_connections" | "not_configured_here" | "sealed_elsewhere";
        /** @description A process that lives, or died within the last hour. */
        Process: {
            id: string;
            /** @enum {string} */
            kind: "api" | "scheduler" | "worker" | "webhooks";
            host: string;
            pid: number;
            version: string;
            /** @description a digest of the settings that all processes must have in common */
            configuration: string;
            /** Format: date-time */
            started_at: string;
            /** Format: date-time */
            seen_at: string;
            alive: boolean;
            metrics: string | null;
            vendors: components["schemas"]["Vendor"][];
            /** @description sealed with master keys that the process lacks; at most 100 */
            unreadable_sections: components["schemas"]["UnreadableSection"][];
        };
        /**
         * @description The two classes of pushes that vendors in China tell apart; each vendor has names of its own
         *     for them.
         * @enum {string}
         */
        PushClass: "marketing" | "service";
        /** @description Why the push failed, or is still pending. `meaning` and `remedy` are those of known codes. */
        PushFailure: {
            code: string;
            reason?: string;
            meaning?: string;
            remedy?: string;
        };
        /** @description Hours in which terminals get no messages, in their own time zone. */
        QuietHours: {
            /** @description when they begin, such as 22:00 */
            begin: string;
            /** @description when they end, on the next day where that is earlier */
            end: string;
            /**
             * @description what becomes of pushes: leave_out, or hold, which sends them when the hours end; a message may say otherwise
             * @enum {string}
             */
            then?: "leave_out" | "hold";
        };
        /** @description Vendors' daily quotas of an app, today. */
        QuotaReport: {
            /**
             * Format: date
             * @description the day in Asia/Shanghai
             */
            day: string;
            /**
             * Format: date-time
             * @description when the next day begins, and quotas are renewed
             */
            ends_at: string;
            quotas: components["schemas"]["VendorQuota"][];
        };
        /**
         * @description A share of terminals, from 0 to 1, and the interval that holds the true one in 95 of 100
         *     experiments (Wilson).
         */
        Rate: {
            rate: number;
            low: number;
            high: number;
        };
        /**
         * @description Where a rate is from.
         * @enum {string}
         */
        RateSource: "settings" | "measured";
        /** @description Whether a POST would be stored; each engine is `ok`, or what is wrong with it in words. */
        Readiness: {
            /** @enum {string} */
            status: "ready" | "not ready";
            redis: string;
            gearman: string;
        };
        /** @description The result of a recall. */
        Recall: {
            id: string;
            status: components["schemas"]["Status"];
            recalled: number;
            left: number;
            vendors: components["schemas"]["VendorRecall"][];
        };
        /** @description A client app's report: `token` is the callback token that came with the push. */
        ReceiptBody: {
            token: string;
            /** @description the terminal's id, or its push token if the message named it by the token */
            terminal: string;
        };
        /** @description When each receipt came. */
        ReceiptTimes: {
            /** Format: date-time */
            delivered?: string;
            /** Format: date-time */
            clicked?: string;
            /** Format: date-time */
            muted?: string;
            /** Format: date-time */
            gone?: string;
            /** Format: date-time */
            recalled?: string;
            /** Format: date-time */
            unproven?: string;
        };
        /**
         * @description What `received` counts beside clicks.
         * @enum {string}
         */
        ReceivedFrom: "delivered" | "accepted";
        /** @description Terminals of the audience by the results of the last large messages. */
        RecentOutcomes: {
            /** @description how many messages were read */
            messages: number;
            /** @description terminals that show no notifications */
            muted: number;
            /** @description registered terminals whose push token was called dead */
            dead: number;
        };
        /** @description A terminal that registered itself. The secret cannot be read again later. */
        RegisteredDevice: {
            id: string;
            vendor: components["schemas"]["Vendor"];
            token: string;
            language: string;
            user: string | null;
            timezone: string | null;
            app_version: string | null;
            opt_out: string[];
            warnings: components["schemas"]["FieldError"][];
            device_secret: string;
        };
        /** @description A key with which the app's backend signs registration tokens, without the key itself. */
        RegistrationKey: {
            id: string;
            /** @description the `kid` in the header of a token */
            kid: string;
            /** @description the `aud` of a token */
            audience: string;
            algorithm: components["schemas"]["Algorithm"];
            fingerprint: string;
            name: string;
            /** Format: date-time */
            created_at: string;
        };
        /**
         * @description A key with which the app's backend signs registration tokens: `public_key` for ES256,
         *     `secret` for HS256.
         */
        RegistrationKeyBody: {
            algorithm: components["schemas"]["Algorithm"];
            /** @description P-256, in PEM */
            public_key?: string;
            /** @description 32 to 256 random bytes, in base64 */
            secret?: string;
            name?: string;
        };
        /** @description The keys of an app, oldest first. */
        RegistrationKeys: {
            keys: components["schemas"]["RegistrationKey"][];
        };
        /** @description A registration token. It cannot be read again later. */
        RegistrationToken: {
            token: string;
            /** Format: date-time */
            expires_at: string;
        };
        /**
         * @description What a registration token grants.
         * @example {
         *       "tags": [
         *         "vip"
         *       ],
         *       "ttl": 600,
         *       "user": "u-17"
         *     }
         */
        RegistrationTokenBody: {
            user?: string | null;
            /** @description unset = a known terminal keeps its tags */
            tags?: string[] | null;
            /** @description the id to register; unset = any one */
            terminal?: string | null;
            /** @description seconds until the token expires */
            ttl?: number;
        };
        /**
         * @description How far a removal has come.
         * @enum {string}
         */
        RemovalState: "running" | "finished" | "stopped" | "held";
        /** @description The body that one vendor receives with the content of one language. */
        RenderedBody: {
            vendor: components["schemas"]["Vendor"];
            language: string;
            /** @description as the vendor gets it, to the push token `TOKEN`; callback tokens and receipt URLs are hidden, and of web push it is what is encrypted. null where the vendor cannot carry it */
            body: string | null;
            /** @description why the vendor cannot carry it, and what to do */
            problems: components["schemas"]["FieldError"][];
            warnings: components["schemas"]["FieldError"][];
        };
        /** @description From which places events are delivered once more, by shard. */
        Replay: {
            shards: {
                [key: string]: string;
            };
        };
        /** @description From where events are delivered once more. */
        ReplayBody: {
            /** @description an event's id, a cursor of `GET /v1/events`, or a time (RFC 3339) */
            from: string;
        };
        /** @description The results of a message. */
        Results: {
            targeted: number;
            pending: number;
            accepted: number;
            invalid: number;
            rejected: number;
            expired: number;
            cancelled: number;
            delivered: number;
            clicked: number;
            muted: number;
            gone: number;
            recalled: number;
            /** @description terminals from which the notification is removed, because the user clicked on another one: `options.clear_on_click` */
            withdrawn: number;
            /** @description clicks that only a vendor reported, in an app whose `clicked` counts only clicks that devices prove */
            unproven: number;
            received: number;
            click_through_rate: number | null;
            id: string;
            status: components["schemas"]["Status"];
            dry_run: boolean | null;
            groups: components["schemas"]["GroupCounts"][];
            failures: components["schemas"]["FailureCount"][];
            timeline: components["schemas"]["Moment"][];
            unknown_reports: components["schemas"]["UnknownReports"];
            waiting: components["schemas"]["Waiting"][];
            /** @description while terminals are in quiet hours */
            held?: components["schemas"]["Held"];
            /** @description of a message to a local time or to the best hour */
            parts?: components["schemas"]["PartResults"][];
            /** @description of a message to a local time or to the best hour */
            to_come?: components["schemas"]["PartsToCome"];
            /** @description of a message with variants */
            experiment?: components["schemas"]["Experiment"];
            /** @description of a message with a canary that has begun */
            canary?: components["schemas"]["CanaryResult"];
            /** @description of a message that is escalated */
            steps?: components["schemas"]["StepResult"][];
        };
        /** @description A message that is sent again, and to how many terminals. */
        Retry: {
            id: string;
            status: components["schemas"]["Status"];
            /** Format: date-time */
            push_time: string;
            local_push_time?: components["schemas"]["ShownLocalTime"];
            best_hour_push_time?: components["schemas"]["ShownBestHour"];
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string;
            retries: number;
            content: {
                [key: string]: components["schemas"]["Content"];
            };
            /** @description null where the content came with the message */
            template: components["schemas"]["TemplateVersion"] | null;
            default_language: string;
            audience: components["schemas"]["Audience"];
            options: components["schemas"]["Options"];
            /** @description whether each terminal's values are filled into the content */
            personal: boolean;
            on_missing?: components["schemas"]["OnMissing"];
            fallback?: {
                [key: string]: components["schemas"]["Content"];
            };
            values?: {
                [key: string]: string | number | boolean;
            };
            user_values?: {
                [key: string]: {
                    [key: string]: string | number | boolean;
                };
            };
            /** @description `content` is that of the first */
            variants?: components["schemas"]["Variant"][];
            /** @description per cent */
            holdout?: number;
            unit?: components["schemas"]["Unit"];
            /** @description for a message with a rest that waits for a winner */
            winner?: components["schemas"]["ShownWinner"];
            /** @description the message whose notification this one removes, because the user clicked on another terminal; lists leave such messages out */
            withdraws?: string;
            /** @description the steps for users whom it does not reach in time */
            escalate?: components["schemas"]["ShownStep"][];
            /** @description of which message it is a step */
            escalates?: components["schemas"]["ShownEscalates"];
            terminals: number;
        };
        /** @description Which failures of a message are to be sent again, and for how long. */
        RetryBody: {
            /** @description `invalid` helps if tokens were called dead because the app's credentials were wrong */
            states?: ("invalid" | "rejected" | "expired")[];
            /** @description seconds from now at which pending pushes expire; unset = the message's own ttl */
            ttl?: number | null;
        };
        /** @description How an API key gets a new secret. */
        RotateBody: {
            /** @description how long earlier secrets stay valid, such as `15m`, `1h` or `2d`; `0s` ends them at once. At most `30d`; unset = `1h` */
            overlap?: string;
        };
        /** @description How long the keys before the new one stay valid. */
        RotateCallbackKeyBody: {
            /** @description how long callback tokens and receipt URLs of earlier keys stay valid, such as `12h` or `30d`; `0s` ends them within seconds. Unset = `30d`, as long as a push may be on its way */
            overlap?: string;
        };
        /** @description How long the old secret signs beside the new one. */
        RotationBody: {
            /** @description such as 24h, from 0s to 30d */
            overlap?: string;
        };
        /** @description The result of one instant of a schedule. */
        Run: {
            /** Format: date-time */
            at: string;
            /** @description null where there is no message */
            message_id: string | null;
            /** @description why there is no message */
            reason: components["schemas"]["NoPart"] | null;
        };
        /** @description Runs, newest first. */
        RunPage: {
            runs: components["schemas"]["Run"][];
            next_cursor: string | null;
        };
        /** @description A stable share of an audience. */
        Sample: {
            share: number;
            seed?: string;
            of: components["schemas"]["Audience"];
        };
        /** @description A stable share of an audience: the same terminals every time. */
        SampleBody: {
            /** @description 0.1 is a tenth of the terminals */
            share: number;
            /** @description another seed chooses other terminals; unset = the id of the message */
            seed?: string | null;
            of: components["schemas"]["AudienceNode"];
        };
        /** @description A whole saved audience, and the saved audiences that it names and that name it. */
        SavedAudience: {
            name: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            changed_at: string;
            audience: components["schemas"]["Audience"];
            names: string[];
            /** @description at most 20 of them */
            named_by: string[];
            /** @description null for a rule */
            frozen: components["schemas"]["FrozenAudience"] | null;
        };
        /** @description An audience that is to be saved: a rule, which is resolved anew for each message. */
        SavedAudienceBody: {
            audience: components["schemas"]["AudienceNode"];
        };
        /** @description Some saved audiences, in the order of their names. */
        SavedAudiencePage: {
            audiences: components["schemas"]["SavedAudienceRow"][];
            next_cursor: string | null;
        };
        /** @description A saved audience in a list. A list of terminals or users is shown by its length. */
        SavedAudienceRow: {
            name: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            changed_at: string;
            audience: components["schemas"]["Audience"];
        };
        /**
         * @description An audience as it is saved from now on, and the terminals and users of it that are not
         *     registered.
         */
        SavedAudienceWithWarnings: {
            name: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            changed_at: string;
            audience: components["schemas"]["Audience"];
            names: string[];
            /** @description at most 20 of them */
            named_by: string[];
            /** @description null for a rule */
            frozen: components["schemas"]["FrozenAudience"] | null;
            warnings: components["schemas"]["FieldError"][];
        };
        /** @description A schedule, its message, and its next runs; none where it is paused forever or has ended. */
        Schedule: {
            upcoming: string[];
            id: string;
            status: components["schemas"]["SeriesStatus"];
            cron: string;
            timezone: string;
            start: string | null;
            end: string | null;
            missed: components["schemas"]["Missed"];
            overlap: components["schemas"]["Overlap"];
            message: {
                [key: string]: components["schemas"]["JsonValue"];
            };
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            changed_at: string;
            /** @description the name of the API key that wrote it last */
            changed_by: string;
        };
        /** @description A schedule, and the message of each run. */
        ScheduleBody: {
            /** @description minute, hour, day of month, month, day of week; such as `30 9 * * 1-5` */
            cron: string;
            /** @description of the IANA database; a time that does not exist is the first instant after the gap */
            timezone?: string;
            /** @description the first instant that counts; now by default */
            start?: string | null;
            /** @description the last instant that counts; none by default */
            end?: string | null;
            /** @description what no scheduler made in time: make up for the `latest` (at most an hour, and half an interval, late), `skip` all, or make up for `all` (at most 100) */
            missed?: components["schemas"]["Missed"];
            /** @description while the last run's message is being sent: `send` beside it, or `skip` the run */
            overlap?: components["schemas"]["Overlap"];
            /** @description as in `POST /v1/messages`, without `push_time` */
            message: {
                [key: string]: components["schemas"]["JsonValue"];
            };
        };
        /** @description A change of a schedule. A `start` or `end` of null removes the bound. */
        ScheduleChange: {
            /** @description minute, hour, day of month, month, day of week; such as `30 9 * * 1-5` */
            cron?: string;
            /** @description of the IANA database; a time that does not exist is the first instant after the gap */
            timezone?: string;
            /** @description the first instant that counts; now by default */
            start?: string | null;
            /** @description the last instant that counts; none by default */
            end?: string | null;
            /** @description what no scheduler made in time: make up for the `latest` (at most an hour, and half an interval, late), `skip` all, or make up for `all` (at most 100) */
            missed?: components["schemas"]["Missed"];
            /** @description while the last run's message is being sent: `send` beside it, or `skip` the run */
            overlap?: components["schemas"]["Overlap"];
            /** @description as in `POST /v1/messages`, without `push_time` */
            message?: {
                [key: string]: components["schemas"]["JsonValue"];
            };
        };
        /** @description Schedules, in the order of their ids. */
        SchedulePage: {
            schedules: components["schemas"]["Schedule"][];
            next_cursor: string | null;
        };
        /** @description When a schedule has runs. */
        ScheduleTimes: {
            /** @description minute, hour, day of month, month, day of week; such as `30 9 * * 1-5` */
            cron: string;
            /** @description of the IANA database; a time that does not exist is the first instant after the gap */
            timezone?: string;
            /** @description the first instant that counts; now by default */
            start?: string | null;
            /** @description the last instant that counts; none by default */
            end?: string | null;
        };
        /** @description A schedule as it is from now on, and the warnings that its message would get now. */
        ScheduleWithWarnings: {
            upcoming: string[];
            id: string;
            status: components["schemas"]["SeriesStatus"];
            cron: string;
            timezone: string;
            start: string | null;
            end: string | null;
            missed: components["schemas"]["Missed"];
            overlap: components["schemas"]["Overlap"];
            message: {
                [key: string]: components["schemas"]["JsonValue"];
            };
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            changed_at: string;
            /** @description the name of the API key that wrote it last */
            changed_by: string;
            warnings: components["schemas"]["FieldError"][];
        };
        /**
         * @description What an API key may do.
         * @enum {string}
         */
        Scope: "push" | "read" | "terminals:read" | "terminals:write" | "terminals" | "admin" | "operator";
        /**
         * @description Where a series stands.
         * @enum {string}
         */
        SeriesStatus: "active" | "paused" | "ended";
        /** @description Each terminal is pushed to in its best hour. `push_time` of the message is the first hour. */
        ShownBestHour: {
            /** @description full hours, such as `24h` */
            within: string;
            /** @description local time for terminals without a known click */
            fallback: string | null;
            /** @description IANA name; that of terminals without a time zone */
            timezone: string;
            /** @description the best hour (UTC) of all terminals of the app, for those of which no click is known; null where a fallback is given, and where no click is known at all */
            app_hour: number | null;
            /**
             * Format: date-time
             * @description the first hour in which terminals are due
             */
            first_at: string;
            /**
             * Format: date-time
             * @description the last hour in which terminals are due
             */
            last_at: string;
        };
        /** @description Which step of which message a message is. */
        ShownEscalates: {
            message: string;
            step: number;
            unless: components["schemas"]["Unless"];
            to: string;
        };
        /**
         * @description The local time at which each terminal is pushed to. `push_time` of the message is the instant
         *     of the first ones.
         */
        ShownLocalTime: {
            /** @description date and time, without an offset */
            local: string;
            passed: components["schemas"]["Passed"];
            /** @description IANA name; that of terminals without a time zone */
            timezone: string;
            /**
             * Format: date-time
             * @description when the first terminals are due
             */
            first_at: string;
            /**
             * Format: date-time
             * @description when the last terminals are due
             */
            last_at: string;
        };
        /** @description Quiet hours of a person. */
        ShownQuietHours: {
            begin: string;
            end: string;
        };
        /** @description A step of a message. */
        ShownStep: {
            after: string;
            unless: components["schemas"]["Unless"];
            to: string;
        };
        /** @description How the rest of a message gets one of its variants. */
        ShownWinner: {
            after: string;
            by: components["schemas"]["WinnerMeasure"];
        };
        /**
         * @description Which terminals are silent, and whether they are to be removed.
         * @example {
         *       "days": 180
         *     }
         * @example {
         *       "at_most": 1200,
         *       "days": 180
         *     }
         */
        SilentBody: {
            /** @description terminals without a registration or receipt for this number of days (UTC) are silent */
            days: number;
            /** @description remove them, unless there are more than this number; unset = only count them */
            at_most?: number | null;
            /** @description remove them even if half or more of the terminals are silent */
            even_most?: boolean;
        };
        /** @description A removal of terminals that were last seen before a day. */
        SilentRemoval: {
            /** Format: date */
            before: string;
            state: components["schemas"]["RemovalState"];
            /** @description whether the app's setting `silent_after` began it */
            automatic: boolean;
            /** @description silent terminals when it began */
            silent: number;
            /** @description terminals removed so far */
            forgotten: number;
            /** Format: date-time */
            requested_at: string;
            ended_at: string | null;
        };
        /** @description How many terminals are silent, and the removal that was begun. */
        SilentTerminals: {
            /**
             * Format: date
             * @description terminals that were last seen before this day (UTC) are silent
             */
            before: string;
            silent: number;
            /** @description all terminals of the app */
            terminals: number;
            removal: components["schemas"]["SilentRemoval"] | null;
        };
        /**
         * @description The state of one terminal in one message. A terminal is in exactly one state at every
         *     moment.
         * @enum {string}
         */
        State: "pending" | "accepted" | "invalid" | "rejected" | "expired" | "cancelled";
        /** @description Terminals by state and by receipt. */
        StateCounts: {
            targeted: number;
            pending: number;
            accepted: number;
            invalid: number;
            rejected: number;
            expired: number;
            cancelled: number;
            delivered: number;
            clicked: number;
            muted: number;
            gone: number;
        };
        /** @description A step: users whom the message did not reach get it on another terminal. */
        StepBody: {
            /** @description how long after the push time, such as `10m`; within the time to live */
            after: string;
            /** @description if one of a user's terminals reported this, the user gets no step */
            unless?: components["schemas"]["Unless"];
            /** @description `next_terminal`: the terminal last seen among the user's terminals that got nothing yet; `vendor:<name>`: the user's terminals of this vendor that got nothing yet; `webhook`: nobody, but readers of events get `terminal.not_reached` */
            to: string;
        };
        /**
         * @description The result of a step. The counts are those of the step's message. For a step whose state is
         *     `told`, `targeted` is the number of terminals that the message did not reach.
         */
        StepResult: {
            after: string;
            unless: components["schemas"]["Unless"];
            to: string;
            step: number;
            /** Format: date-time */
            due_at: string;
            state: components["schemas"]["StepState"];
            /** @description null where it has none (yet) */
            message: string | null;
            status: components["schemas"]["Status"] | null;
            targeted: number;
            accepted: number;
            delivered: number;
            clicked: number;
        };
        /**
         * @description Where a step stands.
         * @enum {string}
         */
        StepState: "to_come" | "made" | "nobody_left" | "expired" | "told" | "cancelled";
        /** @description A version of a template without its content. */
        StoredVersion: {
            version: number;
            /** Format: date-time */
            created_at: string;
            /** @description the name of the API key that stored it */
            created_by: string;
        };
        /** @description One fault of the installation, and what to do about it. */
        SystemProblem: {
            code: components["schemas"]["SystemProblemCode"];
            app: string | null;
            vendor: components["schemas"]["Vendor"] | null;
            since: string | null;
            until: string | null;
            params: {
                [key: string]: string | number;
            };
            message: string;
            remedy: string;
        };
        /**
         * @description The faults of an installation. The codes are stable: alerts and clients match on them.
         * @enum {string}
         */
        SystemProblemCode: "store_unreachable" | "store_lost" | "store_empty" | "store_rolled_back" | "restore_held" | "replicas_missing" | "gearman_unreachable" | "no_scheduler" | "no_worker" | "no_webhook_sender" | "no_worker_for_vendor" | "configuration_differs" | "section_unreadable" | "dispatch_late" | "vendor_refuses" | "credential_expiring" | "vendor_unavailable" | "vendor_unanswered" | "vendor_throttles" | "vendor_quota" | "vendor_not_configured" | "vendor_not_served" | "rate_limited" | "app_paused" | "vendor_paused" | "removal_held" | "silent_removal_held" | "terms_mended" | "webhook_paused" | "message_held" | "variants_pending";
        /**
         * @description Problems and queues. Without a key an answer has the first four fields; the last two are for
         *     an operator alone.
         */
        SystemStatus: {
            /** @enum {string} */
            status: "ok" | "problems";
            version: string;
            /** Format: date-time */
            time: string;
            problems: components["schemas"]["SystemProblem"][];
            messages?: components["schemas"]["MessageDepth"];
            oldest_due?: string | null;
            lateness?: number;
            alive?: {
                [key: string]: number;
            };
            gearman?: components["schemas"]["FunctionState"][];
            backlog?: {
                [key: string]: number;
            };
            apps?: {
                [key: string]: components["schemas"]["AppVendors"];
            };
            terminals?: components["schemas"]["TerminalTotal"][];
            removal_held?: components["schemas"]["HeldRemoval"][];
            unknown_reports?: components["schemas"]["UnknownReportTotal"][];
            languages?: components["schemas"]["AppLanguages"][];
            processes?: components["schemas"]["Process"][];
            gearman_servers?: components["schemas"]["GearmanServers"];
        };
        /** @description Tags that a terminal gets and loses; the others stay. */
        TagChange: {
            add?: string[];
            remove?: string[];
        };
        /** @description A version of a template, and which versions there are. */
        Template: {
            version: number;
            /** Format: date-time */
            created_at: string;
            /** @description the name of the API key that stored it */
            created_by: string;
            name: string;
            content: {
                [key: string]: components["schemas"]["Content"];
            };
            default_language: string;
            /** @description that are kept, the latest first */
            versions: components["schemas"]["StoredVersion"][];
        };
        /** @description The content of a version of a template. */
        TemplateBody: {
            /** @description by BCP 47 language */
            content: {
                [key: string]: components["schemas"]["ContentBody"];
            };
            /** @description one of content's, for terminals whose language none of them fits; unset = the app's, or the only one */
            default_language?: string | null;
        };
        /** @description Some templates, in the order of their names. */
        TemplatePage: {
            templates: components["schemas"]["TemplateRow"][];
            next_cursor: string | null;
        };
        /** @description What each vendor would receive. */
        TemplatePreview: {
            /** @description null where the content came with the request */
            version: number | null;
            /** @description with the values in place */
            content: {
                [key: string]: components["schemas"]["Content"];
            };
            /** @description contents that nobody gets, because they lack a value */
            problems: components["schemas"]["FieldError"][];
            vendors: components["schemas"]["RenderedBody"][];
        };
        /** @description What to preview: a stored version, or content that is not stored yet. */
        TemplatePreviewBody: {
            /** @description unset = the latest */
            version?: number | null;
            /** @description shown in place of a stored version; the template need not exist yet */
            content?: {
                [key: string]: components["schemas"]["ContentBody"];
            } | null;
            /** @description show only the content of this language */
            language?: string | null;
            /** @description what `{{ values.<name> }}` shows, as a message brings it */
            values?: {
                [key: string]: string | number | boolean;
            };
            /** @description attributes of the terminal */
            attributes?: {
                [key: string]: string | number | boolean;
            };
            /** @description attributes of its user */
            user_attributes?: {
                [key: string]: string | number | boolean;
            };
            /** @description the options of the message that will name the template */
            options?: components["schemas"]["OptionsBody"];
        };
        /** @description A stored template; the message gets a copy of its content. */
        TemplateReference: {
            name: string;
            /** @description unset = the latest when the message is created */
            version?: number | null;
        };
        /** @description A template in a list. */
        TemplateRow: {
            name: string;
            latest_version: number;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            changed_at: string;
            /** @description the name of the API key that stored the latest version */
            changed_by: string;
            /** @description of the latest version, in its default language */
            title: string;
            languages: string[];
        };
        /** @description The version of a stored template whose content a message has. */
        TemplateVersion: {
            name: string;
            version: number;
        };
        /** @description The latest version, and warnings about vendors that cannot carry it. */
        TemplateWithWarnings: {
            version: number;
            /** Format: date-time */
            created_at: string;
            /** @description the name of the API key that stored it */
            created_by: string;
            name: string;
            content: {
                [key: string]: components["schemas"]["Content"];
            };
            default_language: string;
            /** @description that are kept, the latest first */
            versions: components["schemas"]["StoredVersion"][];
            warnings: components["schemas"]["FieldError"][];
        };
        /** @description A terminal as it is registered. */
        Terminal: {
            id: string;
            vendor: components["schemas"]["Vendor"];
            token: string;
            language: string;
            user: string | null;
            tags: string[];
            timezone: string | null;
            app_version: string | null;
            attributes: {
                [key: string]: string | number | boolean;
            };
            opt_out: string[];
            /** Format: date-time */
            registered_at: string;
            /** Format: date-time */
            last_seen: string;
        };
        /** @description Up to 1,000 registrations. */
        TerminalBatchBody: {
            terminals: components["schemas"]["TerminalBatchItem"][];
        };
        /**
         * @description One registration of a batch, with its id.
         * @example {
         *       "app_version": "3.2.1",
         *       "attributes": {
         *         "beta": true,
         *         "plan": "gold",
         *         "visits": 17
         *       },
         *       "language": "zh-Hans",
         *       "tags": [
         *         "vip"
         *       ],
         *       "token": "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f",
         *       "user": "u-17",
         *       "vendor": "apns"
         *     }
         */
        TerminalBatchItem: {
            vendor: components["schemas"]["Vendor"];
            token: string;
            /** @description BCP 47; unset = the app's default */
            language?: string | null;
            user?: string | null;
            tags?: string[];
            /** @description IANA name, such as Asia/Shanghai */
            timezone?: string | null;
            app_version?: string | null;
            attributes?: {
                [key: string]: string | number | boolean;
            };
            /** @description categories of which the terminal gets no messages; unset = as known */
            opt_out?: string[] | null;
            /** @description when the app was last in use; unset = now */
            last_seen?: string | null;
            id: string;
        };
        /** @description The result of one registration of a batch: a terminal, or a problem. */
        TerminalBatchResult: {
            status: number;
            terminal?: components["schemas"]["TerminalWithWarnings"];
            problem?: components["schemas"]["Problem"];
        };
        /** @description One result for each registration, in the order of the request. */
        TerminalBatchResults: {
            results: components["schemas"]["TerminalBatchResult"][];
        };
        /**
         * @description A terminal's registration.
         * @example {
         *       "app_version": "3.2.1",
         *       "attributes": {
         *         "beta": true,
         *         "plan": "gold",
         *         "visits": 17
         *       },
         *       "language": "zh-Hans",
         *       "tags": [
         *         "vip"
         *       ],
         *       "token": "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f",
         *       "user": "u-17",
         *       "vendor": "apns"
         *     }
         */
        TerminalBody: {
            vendor: components["schemas"]["Vendor"];
            token: string;
            /** @description BCP 47; unset = the app's default */
            language?: string | null;
            user?: string | null;
            tags?: string[];
            /** @description IANA name, such as Asia/Shanghai */
            timezone?: string | null;
            app_version?: string | null;
            attributes?: {
                [key: string]: string | number | boolean;
            };
            /** @description categories of which the terminal gets no messages; unset = as known */
            opt_out?: string[] | null;
            /** @description when the app was last in use; unset = now */
            last_seen?: string | null;
        };
        /**
         * @description A change of a terminal. Null clears a field; vendor, token and the instant of the last sign
         *     of life cannot be cleared.
         */
        TerminalChangeBody: {
            vendor?: string;
            token?: string;
            /** @description BCP 47; null = the app's default */
            language?: string | null;
            user?: string | null;
            /** @description all tags, or those to add and remove */
            tags?: string[] | components["schemas"]["TagChange"] | null;
            timezone?: string | null;
            app_version?: string | null;
            attributes?: {
                [key: string]: string | number | boolean | null;
            } | null;
            /** @description all opt-outs by category, or those to add and remove; null = none */
            opt_out?: string[] | components["schemas"]["OptOutChange"] | null;
            /**
             * Format: date-time
             * @description when the app was last in use
             */
            last_seen?: string;
        };
        /**
         * @description One line of an import: a registration with its id.
         * @example {
         *       "app_version": "3.2.1",
         *       "attributes": {
         *         "beta": true,
         *         "plan": "gold",
         *         "visits": 17
         *       },
         *       "language": "zh-Hans",
         *       "tags": [
         *         "vip"
         *       ],
         *       "token": "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f",
         *       "user": "u-17",
         *       "vendor": "apns"
         *     }
         */
        TerminalLine: {
            vendor: components["schemas"]["Vendor"];
            token: string;
            /** @description BCP 47; unset = the app's default */
            language?: string | null;
            user?: string | null;
            tags?: string[];
            /** @description IANA name, such as Asia/Shanghai */
            timezone?: string | null;
            app_version?: string | null;
            attributes?: {
                [key: string]: string | number | boolean;
            };
            /** @description categories of which the terminal gets no messages; unset = as known */
            opt_out?: string[] | null;
            /** @description when the app was last in use; unset = now */
            last_seen?: string | null;
            id: string;
            /** @description when the terminal was first registered; unset = as known, else now */
            registered_at?: string | null;
        };
        /** @description A terminal of a person, the latest messages that it was sent, and when it clicked. */
        TerminalOfUser: {
            id: string;
            vendor: components["schemas"]["Vendor"];
            token: string;
            language: string;
            user: string | null;
            tags: string[];
            timezone: string | null;
            app_version: string | null;
            attributes: {
                [key: string]: string | number | boolean;
            };
            opt_out: string[];
            /** Format: date-time */
            registered_at: string;
            /** Format: date-time */
            last_seen: string;
            history: components["schemas"]["History"];
            /** @description of the last four periods, the newest first */
            click_hours: components["schemas"]["ClickHour"][];
        };
        /** @description Some of the terminals that were searched for. */
        TerminalPage: {
            terminals: components["schemas"]["Terminal"][];
            next_cursor: string | null;
        };
        /** @description Terminals by the state they came to, since the store was made. */
        TerminalTotal: {
            app: string;
            vendor: components["schemas"]["Vendor"];
            state: components["schemas"]["State"];
            count: number;
        };
        /**
         * @description A terminal as it is registered from now on, and warnings about fields that have less effect
         *     than the caller may expect.
         */
        TerminalWithWarnings: {
            id: string;
            vendor: components["schemas"]["Vendor"];
            token: string;
            language: string;
            user: string | null;
            tags: string[];
            timezone: string | null;
            app_version: string | null;
            attributes: {
                [key: string]: string | number | boolean;
            };
            opt_out: string[];
            /** Format: date-time */
            registered_at: string;
            /** Format: date-time */
            last_seen: string;
            warnings: components["schemas"]["FieldError"][];
        };
        /** @description Terminals in one time zone. */
        TimezoneCount: {
            /** @description as the terminals registered it; null for none */
            timezone: string | null;
            count: number;
        };
        /**
         * @description What happens to content that is longer than a vendor takes.
         * @enum {string}
         */
        TooLong: "reject" | "refuse" | "truncate";
        /**
         * @description A message with its status. If its content was dropped before its results, `content_dropped`
         *     is true and the lost fields are null.
         */
        TrackedMessage: {
            id: string;
            status: components["schemas"]["Status"];
            push_time: string | null;
            local_push_time?: components["schemas"]["ShownLocalTime"];
            best_hour_push_time?: components["schemas"]["ShownBestHour"];
            /** Format: date-time */
            created_at: string;
            expires_at: string | null;
            retries: number;
            content: {
                [key: string]: components["schemas"]["Content"];
            } | null;
            template: components["schemas"]["TemplateVersion"] | null;
            default_language: string | null;
            audience: components["schemas"]["Audience"] | null;
            options: components["schemas"]["Options"] | null;
            personal: boolean | null;
            on_missing?: components["schemas"]["OnMissing"];
            fallback?: {
                [key: string]: components["schemas"]["Content"];
            };
            values?: {
                [key: string]: string | number | boolean;
            };
            user_values?: {
                [key: string]: {
                    [key: string]: string | number | boolean;
                };
            };
            /** @description `content` is that of the first */
            variants?: components["schemas"]["Variant"][];
            /** @description per cent */
            holdout?: number;
            unit?: components["schemas"]["Unit"];
            /** @description for a message with a rest that waits for a winner */
            winner?: components["schemas"]["ShownWinner"];
            /** @description the message whose notification this one removes, because the user clicked on another terminal; lists leave such messages out */
            withdraws?: string;
            /** @description the steps for users whom it does not reach in time */
            escalate?: components["schemas"]["ShownStep"][];
            /** @description of which message it is a step */
            escalates?: components["schemas"]["ShownEscalates"];
            /** @constant */
            content_dropped?: true;
        };
        /**
         * @description What gets one variant: each terminal for itself, or all terminals of a user.
         * @enum {string}
         */
        Unit: "terminal" | "user";
        /**
         * @description Receipts or clicks that name a message or a terminal that is not known. `source` is a vendor,
         *     or `client`.
         */
        UnknownReportTotal: {
            app: string;
            source: components["schemas"]["Vendor"] | "client";
            /** @enum {string} */
            receipt: "delivered" | "clicked" | "muted" | "gone";
            /** @enum {string} */
            unknown: "message" | "terminal";
            count: number;
        };
        /** @description Reports on terminals that the message was not for. They count for no terminal. */
        UnknownReports: {
            delivered: number;
            clicked: number;
            muted: number;
            gone: number;
        };
        /**
         * @description What must be reported of a user's terminal so that the user gets no step.
         * @enum {string}
         */
        Unless: "delivered" | "clicked";
        /** @description A vendor's section that a process cannot open. */
        UnreadableSection: {
            app: string;
            vendor: string;
            /** @description the id of the master key that sealed the section */
            master_key: string;
        };
        /** @description The next instants. */
        UpcomingRuns: {
            upcoming: string[];
        };
        /**
         * @description The click rate less that of the first variant, and the interval that holds the true
         *     difference in 95 of 100 experiments (Newcombe).
         */
        Uplift: {
            difference: number;
            low: number;
            high: number;
        };
        /**
         * @description A change of a person. Fields that are left out stay.
         * @example {
         *       "attributes": {
         *         "plan": "gold",
         *         "trial_ends": null
         *       },
         *       "opt_out": {
         *         "add": [
         *           "marketing"
         *         ]
         *       }
         *     }
         */
        UserChangeBody: {
            attributes?: {
                [key: string]: string | number | boolean | null;
            } | null;
            /** @description all opt-outs by category, or those to add and remove; null = none */
            opt_out?: string[] | components["schemas"]["OptOutChange"] | null;
            /** @description hours of the terminals' own time in which they get no messages, besides those of the app; null = none */
            quiet_hours?: components["schemas"]["PersonalQuietHours"] | null;
        };
        /**
         * @description A page of the data kept about a person. The first page has attributes, opt-outs, saved
         *     audiences, drafts and schedules.
         */
        UserPage: {
            user: string;
            attributes: {
                [key: string]: string | number | boolean;
            };
            /** @description categories of which the user gets no messages */
            opt_out: string[];
            quiet_hours: components["schemas"]["ShownQuietHours"] | null;
            terminals: components["schemas"]["TerminalOfUser"][];
            named_by: components["schemas"]["NamedBy"];
            next_cursor: string | null;
        };
        /** @description One of several contents that are compared. */
        Variant: {
            name: string;
            share: number;
            content: {
                [key: string]: components["schemas"]["Content"];
            };
        };
        /** @description One of several contents that are compared. */
        VariantBody: {
            name: string;
            /** @description per cent of the terminals that are not held out; the shares add up to 100, or to less with `winner` */
            share: number;
            /** @description by BCP 47 language, the same languages in all variants */
            content: {
                [key: string]: components["schemas"]["ContentBody"];
            };
        };
        /** @description The results of one variant. Rates are shares of all targeted terminals. */
        VariantResult: {
            targeted: number;
            pending: number;
            accepted: number;
            invalid: number;
            rejected: number;
            expired: number;
            cancelled: number;
            delivered: number;
            clicked: number;
            muted: number;
            gone: number;
            name: string;
            share: number;
            click_rate: components["schemas"]["Rate"];
            uplift: components["schemas"]["Uplift"] | null;
            muted_rate: components["schemas"]["Rate"];
            gone_rate: components["schemas"]["Rate"];
        };
        /** @description What happened through one vendor. */
        VendorActivity: {
            accepted: number;
            invalid: number;
            rejected: number;
            expired: number;
            cancelled: number;
            delivered: number;
            clicked: number;
            muted: number;
            gone: number;
            vendor: components["schemas"]["Vendor"];
        };
        /** @description The dry run with which the vendor was asked. Left out where the vendor has no such check. */
        VendorCheck: {
            message: string;
        };
        /** @description One quota of a vendor, today. */
        VendorQuota: {
            vendor: components["schemas"]["Vendor"];
            /** @description the class that the quota is for */
            push_class: components["schemas"]["PushClass"];
            /** @description pushes a day, from the app's settings */
            limit: number;
            /** @description pushes that the vendor accepted, or did not answer */
            used: number;
            /** @description pushes that workers are sending now */
            sending: number;
            /** @description about how many pushes are due and not sent yet */
            waiting: number;
            /** @description pushes that may still be sent today */
            left: number;
            /** @description when the vendor said that the quota is used up; then nothing more is sent that day */
            refused_at: string | null;
        };
        /** @description How fast the app may push through a vendor. */
        VendorRate: {
            vendor: components["schemas"]["Vendor"];
            /** @description pushes a second; null for no limit */
            rate_limit: number | null;
        };
        /** @description The result of a recall at one vendor. */
        VendorRecall: {
            vendor: components["schemas"]["Vendor"];
            can_recall: boolean;
            recalled: number;
            failed: number;
            left: number;
            reason: string | null;
        };
        /**
         * @description A vendor's section: its settings as in the configuration, files by their contents (`key`
         *     instead of `key_file`). In a PATCH only those that change; null takes one away.
         */
        VendorSectionBody: {
            [key: string]: unknown;
        };
        /** @description Options of a message for vivo. */
        VivoOptions: {
            category?: ("IM" | "ACCOUNT" | "TODO" | "DEVICE_REMINDER" | "ORDER" | "SUBSCRIPTION" | "NEWS" | "CONTENT" | "MARKETING" | "SOCIAL") | null;
            /** @description 1 none, 2 sound, 3 vibration, 4 both */
            notify_type?: number | null;
            /** @description opened on a click */
            url?: string | null;
            page?: string | null;
            custom?: string | null;
            wifi_only?: boolean | null;
            foreground_show?: boolean | null;
            /** @description adds 1 to the number at the icon; needs vivo's permission */
            add_badge?: boolean | null;
        };
        /** @description An incoming call. The push wakes the app, and the app shows the call. */
        VoipCall: {
            /** @enum {string} */
            scene: "voice" | "video";
        };
        /**
         * @description Why terminals are still pending: those of one vendor, or of all vendors if `vendor` is
         *     null.
         */
        Waiting: {
            reason: components["schemas"]["SystemProblemCode"];
            vendor: components["schemas"]["Vendor"] | null;
            since: string | null;
            until: string | null;
            params: {
                [key: string]: string | number;
            };
            message: string;
            remedy: string;
        };
        /** @description A field that has less effect than the caller may expect, and for how many terminals. */
        WarningCount: {
            field: string;
            message: string;
            count: number;
        };
        /** @description `options.webpush`: headers for the push service, and fields of the notification. */
        WebPushOptions: {
            urgency?: ("very-low" | "low" | "normal" | "high") | null;
            topic?: string | null;
            icon?: string | null;
            /** @description address of a small picture */
            badge?: string | null;
            tag?: string | null;
            renotify?: boolean | null;
            require_interaction?: boolean | null;
            silent?: boolean | null;
            actions?: components["schemas"]["NotificationAction"][] | null;
            /** @description `true` for `options.clear_on_click` to clear browsers, too; a browser may end a subscription whose pushes show nothing */
            remove_on_click?: boolean | null;
        };
        /** @description A webhook. Its secret is shown once, where it is made. */
        Webhook: {
            id: string;
            url: string;
            types: string[];
            /** @description whether events name each terminal with its user and the message's data; else they are by block */
            expand: boolean;
            description: string;
            state: components["schemas"]["WebhookState"];
            paused_at: string | null;
            /** @description `requested`; `gone`: the receiver answered 410; `undeliverable`: a delivery failed for `webhooks.give_up_after` */
            pause_reason: components["schemas"]["PauseReason"] | null;
            /** Format: date-time */
            created_at: string;
            /** @description the id of the API key that created it */
            created_by: string;
            /** @description until when the secret before a rotation also signs */
            previous_secret_until: string | null;
        };
        /** @description A webhook that is to be created. */
        WebhookBody: {
            /** @description an https:// address with a public host */
            url: string;
            /** @description types of events, ["*"] for all. `events.gap` and `store.rolled_back` always come */
            types: string[];
            /** @description whether events name each terminal with its user and the message's data; else they are by block */
            expand?: boolean;
            description?: string;
        };
        /** @description A change of a webhook. Fields that are left out stay. */
        WebhookChange: {
            url?: string;
            types?: string[];
            /** @description whether events name each terminal with its user and the message's data; else they are by block */
            expand?: boolean;
            description?: string;
        };
        /** @description The webhooks of an app, the oldest first. */
        WebhookList: {
            webhooks: components["schemas"]["Webhook"][];
        };
        /**
         * @description Whether events are delivered.
         * @enum {string}
         */
        WebhookState: "active" | "paused";
        /** @description The receiver's answer to a test event. */
        WebhookTest: {
            /** @description whether the receiver answered with a status of 200 to 299 */
            delivered: boolean;
            status: number | null;
            failure: components["schemas"]["AttemptFailure"] | null;
            reason: string;
            duration_ms: number;
        };
        /** @description A webhook whose secret is new: keep it, it is not shown again. */
        WebhookWithSecret: {
            id: string;
            url: string;
            types: string[];
            /** @description whether events name each terminal with its user and the message's data; else they are by block */
            expand: boolean;
            description: string;
            state: components["schemas"]["WebhookState"];
            paused_at: string | null;
            /** @description `requested`; `gone`: the receiver answered 410; `undeliverable`: a delivery failed for `webhooks.give_up_after` */
            pause_reason: components["schemas"]["PauseReason"] | null;
            /** Format: date-time */
            created_at: string;
            /** @description the id of the API key that created it */
            created_by: string;
            /** @description until when the secret before a rotation also signs */
            previous_secret_until: string | null;
            /** @description whsec_ and base64, as the Standard Webhooks libraries take it */
            secret: string;
        };
        /** @description `options.fcm.webpush`: what FCM passes on to browsers. */
        WebpushConfig: {
            headers?: components["schemas"]["WebpushHeaders"] | null;
            /** @description beside the message's own data, for browsers alone */
            data?: {
                [key: string]: string;
            } | null;
            /** @description fields of the browser's Notification */
            notification?: {
                [key: string]: unknown;
            } | null;
            /** @description opened on a click */
            link?: string | null;
        };
        /** @description `options.fcm.webpush.headers`: headers of Web Push (RFC 8030, section 5). */
        WebpushHeaders: {
            /** @description seconds */
            ttl?: number | null;
            urgency?: ("very-low" | "low" | "normal" | "high") | null;
            topic?: string | null;
        };
        /**
         * @description Which variant the rest gets. `variant`, `ground` and `decided_at` are null before the
         *     decision. The decision is made at `ends_at`, which moves on while more than 5 % of the variants'
         *     pushes are pending, or earlier, as soon as one variant is clearly the best.
         */
        Winner: {
            after: string;
            by: components["schemas"]["WinnerMeasure"];
            /** Format: date-time */
            ends_at: string;
            variant: string | null;
            ground: components["schemas"]["WinnerGround"] | null;
            decided_at: string | null;
            /** @description counts of the terminals that wait for the winner, or got it */
            rest: components["schemas"]["StateCounts"];
        };
        /**
         * @description How the rest gets a variant: the variants' shares add up to less than 100, and the rest waits
         *     for the best variant.
         */
        WinnerBody: {
            /** @description how long variants are compared once they are sent, such as `2h`; shorter than the time to live. The rest gets its variant then, or as soon as one is clearly the best */
            after: string;
            /** @description the best variant has the highest rate of terminals that clicked */
            by?: components["schemas"]["WinnerMeasure"];
        };
        /**
         * @description Why the rest of a message gets a variant.
         * @enum {string}
         */
        WinnerGround: "race" | "end" | "better" | "by_hand";
        /**
         * @description What makes one variant better than another.
         * @enum {string}
         */
        WinnerMeasure: "clicks";
        /** @description Options of a message for Xiaomi. */
        XiaomiOptions: {
            channel_id?: string | null;
            channel_name?: string | null;
            channel_description?: string | null;
            notify_type?: number | null;
            notify_foreground?: boolean | null;
            sound_uri?: string | null;
            ticker?: string | null;
            /** @description opened on a click */
            url?: string | null;
            /** @description page opened on a click */
            intent_uri?: string | null;
            /** @description messages a second */
            flow_control?: number | null;
            /** @description only devices of these, as a comma list */
            locale?: string | null;
            locale_not_in?: string | null;
            model?: string | null;
            model_not_in?: string | null;
            app_version?: string | null;
            app_version_not_in?: string | null;
            /** @description only devices that are online so */
            connpt?: "wifi" | null;
            /** @description `extra.<key>` of the app's own */
            extra?: {
                [key: string]: string;
            } | null;
        };
        /**
         * @description A push system.
         * @enum {string}
         */
        Vendor: "apns" | "fcm" | "harmony" | "honor" | "huawei" | "meizu" | "oppo" | "vivo" | "webpush" | "xiaomi";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type AuditFormat = components['schemas']['AuditFormat'];
export type CountBy = components['schemas']['CountBy'];
export type LineFormat = components['schemas']['LineFormat'];
export type ListFormat = components['schemas']['ListFormat'];
export type Order = components['schemas']['Order'];
export type Status = components['schemas']['Status'];
export type TerminalFilter = components['schemas']['TerminalFilter'];
export type ActivityMinute = components['schemas']['ActivityMinute'];
export type ActivityReport = components['schemas']['ActivityReport'];
export type ActivityToday = components['schemas']['ActivityToday'];
export type Algorithm = components['schemas']['Algorithm'];
export type ApnsConfig = components['schemas']['ApnsConfig'];
export type ApnsOptions = components['schemas']['ApnsOptions'];
export type AppLanguages = components['schemas']['AppLanguages'];
export type AppPage = components['schemas']['AppPage'];
export type AppSettingsBody = components['schemas']['AppSettingsBody'];
export type AppSource = components['schemas']['AppSource'];
export type AppVendorPage = components['schemas']['AppVendorPage'];
export type AppVendorView = components['schemas']['AppVendorView'];
export type AppVendors = components['schemas']['AppVendors'];
export type AppView = components['schemas']['AppView'];
export type AttemptFailure = components['schemas']['AttemptFailure'];
export type Audience = components['schemas']['Audience'];
export type AudienceBody = components['schemas']['AudienceBody'];
export type AudienceCount = components['schemas']['AudienceCount'];
export type AudienceCountBody = components['schemas']['AudienceCountBody'];
export type AudienceNode = components['schemas']['AudienceNode'];
export type AuditEntry = components['schemas']['AuditEntry'];
export type AuditPage = components['schemas']['AuditPage'];
export type BadLine = components['schemas']['BadLine'];
export type BatchBody = components['schemas']['BatchBody'];
export type BatchItem = components['schemas']['BatchItem'];
export type BatchResult = components['schemas']['BatchResult'];
export type BatchResults = components['schemas']['BatchResults'];
export type BestHourPushTime = components['schemas']['BestHourPushTime'];
export type CallbackKeyEntry = components['schemas']['CallbackKeyEntry'];
export type CallbackKeyList = components['schemas']['CallbackKeyList'];
export type Canary = components['schemas']['Canary'];
export type CanaryBody = components['schemas']['CanaryBody'];
export type CanaryFinding = components['schemas']['CanaryFinding'];
export type CanaryLimits = components['schemas']['CanaryLimits'];
export type CanaryLimitsBody = components['schemas']['CanaryLimitsBody'];
export type CanaryResult = components['schemas']['CanaryResult'];
export type CapSettings = components['schemas']['CapSettings'];
export type Capsule = components['schemas']['Capsule'];
export type Category = components['schemas']['Category'];
export type ChangeBody = components['schemas']['ChangeBody'];
export type ChangedAppSettings = components['schemas']['ChangedAppSettings'];
export type ChangedUser = components['schemas']['ChangedUser'];
export type ChosenLanguage = components['schemas']['ChosenLanguage'];
export type ClickHour = components['schemas']['ClickHour'];
export type ClosedBreaker = components['schemas']['ClosedBreaker'];
export type ClosedBreakers = components['schemas']['ClosedBreakers'];
export type Colour = components['schemas']['Colour'];
export type ConfirmedRemoval = components['schemas']['ConfirmedRemoval'];
export type Content = components['schemas']['Content'];
export type ContentBody = components['schemas']['ContentBody'];
export type CountToCome = components['schemas']['CountToCome'];
export type CredentialView = components['schemas']['CredentialView'];
export type CriticalSound = components['schemas']['CriticalSound'];
export type Days = components['schemas']['Days'];
export type DaysBody = components['schemas']['DaysBody'];
export type DecisionBody = components['schemas']['DecisionBody'];
export type Delivery = components['schemas']['Delivery'];
export type DeliveryAttempt = components['schemas']['DeliveryAttempt'];
export type DeliveryList = components['schemas']['DeliveryList'];
export type Device = components['schemas']['Device'];
export type DeviceBody = components['schemas']['DeviceBody'];
export type DeviceChangeBody = components['schemas']['DeviceChangeBody'];
export type DiagnosedTerminal = components['schemas']['DiagnosedTerminal'];
export type Diagnosis = components['schemas']['Diagnosis'];
export type DismissedRemovals = components['schemas']['DismissedRemovals'];
export type Draft = components['schemas']['Draft'];
export type DraftBody = components['schemas']['DraftBody'];
export type DraftHead = components['schemas']['DraftHead'];
export type DraftPage = components['schemas']['DraftPage'];
export type Effect = components['schemas']['Effect'];
export type ErasedCounts = components['schemas']['ErasedCounts'];
export type ErasedUser = components['schemas']['ErasedUser'];
export type Event = components['schemas']['Event'];
export type EventGroup = components['schemas']['EventGroup'];
export type EventPage = components['schemas']['EventPage'];
export type EventType = components['schemas']['EventType'];
export type Experiment = components['schemas']['Experiment'];
export type ExplainBody = components['schemas']['ExplainBody'];
export type ExplainedGroup = components['schemas']['ExplainedGroup'];
export type ExplainedMessage = components['schemas']['ExplainedMessage'];
export type ExplainedPush = components['schemas']['ExplainedPush'];
export type ExplainedTerminal = components['schemas']['ExplainedTerminal'];
export type Explanation = components['schemas']['Explanation'];
export type Extend = components['schemas']['Extend'];
export type FailureCount = components['schemas']['FailureCount'];
export type FcmOptions = components['schemas']['FcmOptions'];
export type FewAnswers = components['schemas']['FewAnswers'];
export type FieldError = components['schemas']['FieldError'];
export type FindBody = components['schemas']['FindBody'];
export type Finding = components['schemas']['Finding'];
export type FormImage = components['schemas']['FormImage'];
export type FormUpdate = components['schemas']['FormUpdate'];
export type FreezeStatus = components['schemas']['FreezeStatus'];
export type FrozenAudience = components['schemas']['FrozenAudience'];
export type FrozenAudienceBody = components['schemas']['FrozenAudienceBody'];
export type FunctionState = components['schemas']['FunctionState'];
export type GearmanServers = components['schemas']['GearmanServers'];
export type Ground = components['schemas']['Ground'];
export type GroupCount = components['schemas']['GroupCount'];
export type GroupCounts = components['schemas']['GroupCounts'];
export type HarmonyOptions = components['schemas']['HarmonyOptions'];
export type Health = components['schemas']['Health'];
export type Held = components['schemas']['Held'];
export type HeldRemoval = components['schemas']['HeldRemoval'];
export type HeldRemovalPage = components['schemas']['HeldRemovalPage'];
export type HeldRemovalProgress = components['schemas']['HeldRemovalProgress'];
export type HeldTerminal = components['schemas']['HeldTerminal'];
export type History = components['schemas']['History'];
export type HistoryEntry = components['schemas']['HistoryEntry'];
export type HonorButton = components['schemas']['HonorButton'];
export type HonorOptions = components['schemas']['HonorOptions'];
export type HuaweiButton = components['schemas']['HuaweiButton'];
export type HuaweiOptions = components['schemas']['HuaweiOptions'];
export type Import = components['schemas']['Import'];
export type ImportRecord = components['schemas']['ImportRecord'];
export type ImportStatus = components['schemas']['ImportStatus'];
export type InQuietHours = components['schemas']['InQuietHours'];
export type InlineToken = components['schemas']['InlineToken'];
export type InlineTokenBody = components['schemas']['InlineTokenBody'];
export type JsonValue = components['schemas']['JsonValue'];
export type Key = components['schemas']['Key'];
export type KeyBody = components['schemas']['KeyBody'];
export type KeyPage = components['schemas']['KeyPage'];
export type KeySource = components['schemas']['KeySource'];
export type LanguageMatch = components['schemas']['LanguageMatch'];
export type LastRefusal = components['schemas']['LastRefusal'];
export type LastRemoval = components['schemas']['LastRemoval'];
export type LightSettings = components['schemas']['LightSettings'];
export type LimitedContent = components['schemas']['LimitedContent'];
export type LiveActivity = components['schemas']['LiveActivity'];
export type LiveText = components['schemas']['LiveText'];
export type LiveView = components['schemas']['LiveView'];
export type LocalPushTime = components['schemas']['LocalPushTime'];
export type LogState = components['schemas']['LogState'];
export type MarkBody = components['schemas']['MarkBody'];
export type MarkedTerminal = components['schemas']['MarkedTerminal'];
export type MarkedTerminals = components['schemas']['MarkedTerminals'];
export type Measure = components['schemas']['Measure'];
export type MeizuOptions = components['schemas']['MeizuOptions'];
export type MessageBody = components['schemas']['MessageBody'];
export type MessageDecision = components['schemas']['MessageDecision'];
export type MessageDepth = components['schemas']['MessageDepth'];
export type MessagePage = components['schemas']['MessagePage'];
export type MessagePlan = components['schemas']['MessagePlan'];
export type MessageSize = components['schemas']['MessageSize'];
export type MessageTerminal = components['schemas']['MessageTerminal'];
export type MessageTerminalPage = components['schemas']['MessageTerminalPage'];
export type MessageWithWarnings = components['schemas']['MessageWithWarnings'];
export type Missed = components['schemas']['Missed'];
export type Moment = components['schemas']['Moment'];
export type NamedBy = components['schemas']['NamedBy'];
export type NewKey = components['schemas']['NewKey'];
export type NoPart = components['schemas']['NoPart'];
export type NotTargeted = components['schemas']['NotTargeted'];
export type NotTargetedReason = components['schemas']['NotTargetedReason'];
export type NotificationAction = components['schemas']['NotificationAction'];
export type OnMissing = components['schemas']['OnMissing'];
export type OppoOptions = components['schemas']['OppoOptions'];
export type OptOutChange = components['schemas']['OptOutChange'];
export type Options = components['schemas']['Options'];
export type OptionsBody = components['schemas']['OptionsBody'];
export type Overlap = components['schemas']['Overlap'];
export type OverlappingMessage = components['schemas']['OverlappingMessage'];
export type Overlaps = components['schemas']['Overlaps'];
export type Pace = components['schemas']['Pace'];
export type PartResults = components['schemas']['PartResults'];
export type PartsToCome = components['schemas']['PartsToCome'];
export type Passed = components['schemas']['Passed'];
export type Pause = components['schemas']['Pause'];
export type PauseReason = components['schemas']['PauseReason'];
export type PausedApp = components['schemas']['PausedApp'];
export type PausedVendor = components['schemas']['PausedVendor'];
export type PersonalPlan = components['schemas']['PersonalPlan'];
export type PersonalQuietHours = components['schemas']['PersonalQuietHours'];
export type Phase = components['schemas']['Phase'];
export type PlannedGroup = components['schemas']['PlannedGroup'];
export type PlannedInstant = components['schemas']['PlannedInstant'];
export type PlannedValue = components['schemas']['PlannedValue'];
export type PlannedVendor = components['schemas']['PlannedVendor'];
export type Precision = components['schemas']['Precision'];
export type PreviousSection = components['schemas']['PreviousSection'];
export type Priority = components['schemas']['Priority'];
export type Problem = components['schemas']['Problem'];
export type ProblemCode = components['schemas']['ProblemCode'];
export type Process = components['schemas']['Process'];
export type PushClass = components['schemas']['PushClass'];
export type PushFailure = components['schemas']['PushFailure'];
export type QuietHours = components['schemas']['QuietHours'];
export type QuotaReport = components['schemas']['QuotaReport'];
export type Rate = components['schemas']['Rate'];
export type RateSource = components['schemas']['RateSource'];
export type Readiness = components['schemas']['Readiness'];
export type Recall = components['schemas']['Recall'];
export type ReceiptBody = components['schemas']['ReceiptBody'];
export type ReceiptTimes = components['schemas']['ReceiptTimes'];
export type ReceivedFrom = components['schemas']['ReceivedFrom'];
export type RecentOutcomes = components['schemas']['RecentOutcomes'];
export type RegisteredDevice = components['schemas']['RegisteredDevice'];
export type RegistrationKey = components['schemas']['RegistrationKey'];
export type RegistrationKeyBody = components['schemas']['RegistrationKeyBody'];
export type RegistrationKeys = components['schemas']['RegistrationKeys'];
export type RegistrationToken = components['schemas']['RegistrationToken'];
export type RegistrationTokenBody = components['schemas']['RegistrationTokenBody'];
export type RemovalState = components['schemas']['RemovalState'];
export type RenderedBody = components['schemas']['RenderedBody'];
export type Replay = components['schemas']['Replay'];
export type ReplayBody = components['schemas']['ReplayBody'];
export type Results = components['schemas']['Results'];
export type Retry = components['schemas']['Retry'];
export type RetryBody = components['schemas']['RetryBody'];
export type RotateBody = components['schemas']['RotateBody'];
export type RotateCallbackKeyBody = components['schemas']['RotateCallbackKeyBody'];
export type RotationBody = components['schemas']['RotationBody'];
export type Run = components['schemas']['Run'];
export type RunPage = components['schemas']['RunPage'];
export type Sample = components['schemas']['Sample'];
export type SampleBody = components['schemas']['SampleBody'];
export type SavedAudience = components['schemas']['SavedAudience'];
export type SavedAudienceBody = components['schemas']['SavedAudienceBody'];
export type SavedAudiencePage = components['schemas']['SavedAudiencePage'];
export type SavedAudienceRow = components['schemas']['SavedAudienceRow'];
export type SavedAudienceWithWarnings = components['schemas']['SavedAudienceWithWarnings'];
export type Schedule = components['schemas']['Schedule'];
export type ScheduleBody = components['schemas']['ScheduleBody'];
export type ScheduleChange = components['schemas']['ScheduleChange'];
export type SchedulePage = components['schemas']['SchedulePage'];
export type ScheduleTimes = components['schemas']['ScheduleTimes'];
export type ScheduleWithWarnings = components['schemas']['ScheduleWithWarnings'];
export type Scope = components['schemas']['Scope'];
export type SeriesStatus = components['schemas']['SeriesStatus'];
export type ShownBestHour = components['schemas']['ShownBestHour'];
export type ShownEscalates = components['schemas']['ShownEscalates'];
export type ShownLocalTime = components['schemas']['ShownLocalTime'];
export type ShownQuietHours = components['schemas']['ShownQuietHours'];
export type ShownStep = components['schemas']['ShownStep'];
export type ShownWinner = components['schemas']['ShownWinner'];
export type SilentBody = components['schemas']['SilentBody'];
export type SilentRemoval = components['schemas']['SilentRemoval'];
export type SilentTerminals = components['schemas']['SilentTerminals'];
export type State = components['schemas']['State'];
export type StateCounts = components['schemas']['StateCounts'];
export type StepBody = components['schemas']['StepBody'];
export type StepResult = components['schemas']['StepResult'];
export type StepState = components['schemas']['StepState'];
export type StoredVersion = components['schemas']['StoredVersion'];
export type SystemProblem = components['schemas']['SystemProblem'];
export type SystemProblemCode = components['schemas']['SystemProblemCode'];
export type SystemStatus = components['schemas']['SystemStatus'];
export type TagChange = components['schemas']['TagChange'];
export type Template = components['schemas']['Template'];
export type TemplateBody = components['schemas']['TemplateBody'];
export type TemplatePage = components['schemas']['TemplatePage'];
export type TemplatePreview = components['schemas']['TemplatePreview'];
export type TemplatePreviewBody = components['schemas']['TemplatePreviewBody'];
export type TemplateReference = components['schemas']['TemplateReference'];
export type TemplateRow = components['schemas']['TemplateRow'];
export type TemplateVersion = components['schemas']['TemplateVersion'];
export type TemplateWithWarnings = components['schemas']['TemplateWithWarnings'];
export type Terminal = components['schemas']['Terminal'];
export type TerminalBatchBody = components['schemas']['TerminalBatchBody'];
export type TerminalBatchItem = components['schemas']['TerminalBatchItem'];
export type TerminalBatchResult = components['schemas']['TerminalBatchResult'];
export type TerminalBatchResults = components['schemas']['TerminalBatchResults'];
export type TerminalBody = components['schemas']['TerminalBody'];
export type TerminalChangeBody = components['schemas']['TerminalChangeBody'];
export type TerminalLine = components['schemas']['TerminalLine'];
export type TerminalOfUser = components['schemas']['TerminalOfUser'];
export type TerminalPage = components['schemas']['TerminalPage'];
export type TerminalTotal = components['schemas']['TerminalTotal'];
export type TerminalWithWarnings = components['schemas']['TerminalWithWarnings'];
export type TimezoneCount = components['schemas']['TimezoneCount'];
export type TooLong = components['schemas']['TooLong'];
export type TrackedMessage = components['schemas']['TrackedMessage'];
export type Unit = components['schemas']['Unit'];
export type UnknownReportTotal = components['schemas']['UnknownReportTotal'];
export type UnknownReports = components['schemas']['UnknownReports'];
export type Unless = components['schemas']['Unless'];
export type UnreadableSection = components['schemas']['UnreadableSection'];
export type UpcomingRuns = components['schemas']['UpcomingRuns'];
export type Uplift = components['schemas']['Uplift'];
export type UserChangeBody = components['schemas']['UserChangeBody'];
export type UserPage = components['schemas']['UserPage'];
export type Variant = components['schemas']['Variant'];
export type VariantBody = components['schemas']['VariantBody'];
export type VariantResult = components['schemas']['VariantResult'];
export type VendorActivity = components['schemas']['VendorActivity'];
export type VendorCheck = components['schemas']['VendorCheck'];
export type VendorQuota = components['schemas']['VendorQuota'];
export type VendorRate = components['schemas']['VendorRate'];
export type VendorRecall = components['schemas']['VendorRecall'];
export type VendorSectionBody = components['schemas']['VendorSectionBody'];
export type VivoOptions = components['schemas']['VivoOptions'];
export type VoipCall = components['schemas']['VoipCall'];
export type Waiting = components['schemas']['Waiting'];
export type WarningCount = components['schemas']['WarningCount'];
export type WebPushOptions = components['schemas']['WebPushOptions'];
export type Webhook = components['schemas']['Webhook'];
export type WebhookBody = components['schemas']['WebhookBody'];
export type WebhookChange = components['schemas']['WebhookChange'];
export type WebhookList = components['schemas']['WebhookList'];
export type WebhookState = components['schemas']['WebhookState'];
export type WebhookTest = components['schemas']['WebhookTest'];
export type WebhookWithSecret = components['schemas']['WebhookWithSecret'];
export type WebpushConfig = components['schemas']['WebpushConfig'];
export type WebpushHeaders = components['schemas']['WebpushHeaders'];
export type Winner = components['schemas']['Winner'];
export type WinnerBody = components['schemas']['WinnerBody'];
export type WinnerGround = components['schemas']['WinnerGround'];
export type WinnerMeasure = components['schemas']['WinnerMeasure'];
export type XiaomiOptions = components['schemas']['XiaomiOptions'];
export type Vendor = components['schemas']['Vendor'];
