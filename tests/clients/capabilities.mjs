// The harness of the client suites in JavaScript: capabilities, each with its own check, counted one by one.

import assert from "node:assert/strict";

export const URL_OF_EMULATOR = process.env.DVKIT_EMULATOR_URL;
export const TOKEN = process.env.DVKIT_EMULATOR_TOKEN;

const checks = [];

/** Registers a check of the capability with this name. */
export function capability(name, check) {
    checks.push({ name, check });
}

/** Waits for a promise that has to be rejected, and returns the reason. */
export async function raised(promise) {
    let value;
    try {
        value = await promise;
    } catch (error) {
        return error;
    }
    assert.fail(`no error was raised, but ${JSON.stringify(value)} returned`);
}

/** Calls an action until it returns something that is true, for 10 s at most. Returns it. */
export async function eventually(action) {
    const deadline = Date.now() + 10_000;
    for (;;) {
        const value = await action();
        if (value) return value;
        assert.ok(Date.now() < deadline, `still ${JSON.stringify(value)} after 10 s`);
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
}

/**
 * Runs the checks, or those whose names contain an argument. Prints one JSON line for each, and the counts.
 * The exit status is 1 if a check fails.
 */
export async function main(client) {
    const wanted = process.argv.slice(2);
    const report = (line) => process.stdout.write(`${JSON.stringify({ client, ...line })}\n`);
    let passed = 0;
    let failed = 0;
    for (const { name, check } of checks) {
        if (wanted.length && !wanted.some((word) => name.includes(word))) continue;
        try {
            await check();
            passed += 1;
            report({ capability: name, ok: true });
        } catch (error) {
            failed += 1;
            const place = String(error?.stack ?? "").match(/[\w]+\.mjs:\d+(?=:\d+\)?$)/gm) ?? [];
            const code = error?.code ? ` (${error.status ?? ""} ${error.code})` : "";
            report({
                capability: name, ok: false,
                error: `${error?.name ?? typeof error}: ${error?.message ?? JSON.stringify(error)}${code}`.slice(0, 600),
                at: place.filter((line) => !line.startsWith("capabilities.")).slice(0, 1),
            });
        }
    }
    report({ passed, failed });
    process.exitCode = failed ? 1 : 0;
}
