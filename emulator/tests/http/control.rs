//! The refusals of the control interface.

use dvkit_emulator::{Clock, Emulator};
use reqwest::{Client, Method};

use super::sample;

#[tokio::test]
async fn every_request_of_the_control_interface_has_its_refusals() {
    let clock = Clock::stopped("2026-01-01T00:00:00Z".parse().unwrap());
    let running = Emulator::builder(sample()).clock(clock).start().await.unwrap();
    let long = |length: usize| format!("baselines/{}", "a".repeat(length));
    let paths = "is not a request of the control interface; its paths are reset, baselines, seed, export, clock, \
                 requests and faults";
    for (method, path, body, status, text) in [
        ("GET", "", "", 404, format!("`GET /_emulator/` {paths}")),
        ("GET", "reset", "", 404, format!("`GET /_emulator/reset` {paths}")),
        ("POST", "baselines", "", 404, format!("`POST /_emulator/baselines` {paths}")),
        ("PUT", "baselines/a/b", "", 404, format!("`PUT /_emulator/baselines/a/b` {paths}")),
        ("DELETE", "faults", "", 404, format!("`DELETE /_emulator/faults` {paths}")),
        ("POST", "baselines/none", "", 404, "there is no baseline `none`; the baselines are: ".into()),
        ("DELETE", "baselines/none", "", 404, "there is no baseline `none`".into()),
        ("PUT", &long(101), "", 400, "the name of a baseline has at most 100 bytes".into()),
        ("PUT", &long(100), "", 204, String::new()),
        ("PUT", "baselines/b", "", 204, String::new()),
        ("GET", "baselines", "", 200, format!("{{\"baselines\":[\"{}\",\"b\"]}}", "a".repeat(100))),
        ("POST", "baselines/b", "", 204, String::new()),
        ("POST", "baselines/c", "", 404, format!("the baselines are: {}, b", "a".repeat(100))),
        ("DELETE", "baselines/b", "", 204, String::new()),
        ("DELETE", "baselines/b", "", 404, "there is no baseline `b`".into()),
        ("POST", "reset", "", 204, String::new()),
        ("POST", "seed", "", 400, "the body is not JSON: EOF while parsing".into()),
        ("POST", "seed", "[]", 400, "seeds are an object with an array of rows".into()),
        ("POST", "seed", r#"{"accounts": [{"zzzz": 1}]}"#, 400, "accounts, row 1, `zzzz`: the table".into()),
        ("POST", "seed", r#"{"accounts": [{"name": "A"}]}"#, 204, String::new()),
        ("PUT", "clock", "x", 400, "the body is not JSON: expected value".into()),
        ("PUT", "clock", "{}", 400, "the body is {\\\"now\\\": \\\"2026-11-29T12:00:00Z\\\"}".into()),
        ("PUT", "clock", r#"{"now": "soon"}"#, 400, "the body is {\\\"now\\\"".into()),
        ("PUT", "clock", r#"{"now": 1}"#, 400, "the body is {\\\"now\\\"".into()),
        (
            "PUT",
            "clock",
            r#"{"now": "2026-11-29T12:00:00Z"}"#,
            200,
            r#"{"now":"2026-11-29T12:00:00Z","stopped":true}"#.into(),
        ),
        ("POST", "clock", "{}", 400, "the body is {\\\"advance\\\": SECONDS}".into()),
        ("POST", "clock", r#"{"advance": -1}"#, 400, "the body is {\\\"advance\\\": SECONDS}".into()),
        ("POST", "clock", r#"{"advance": "1"}"#, 400, "the body is {\\\"advance\\\": SECONDS}".into()),
        (
            "POST",
            "clock",
            r#"{"advance": 1.5}"#,
            200,
            r#"{"now":"2026-11-29T12:00:01.5Z","stopped":true}"#.into(),
        ),
        ("GET", "clock", "", 200, r#"{"now":"2026-11-29T12:00:01.5Z","stopped":true}"#.into()),
        ("PUT", "faults", "1: explode", 400, "line 1: `explode` is not a fault".into()),
        ("PUT", "faults", "1: none", 204, String::new()),
        ("DELETE", "requests", "", 204, String::new()),
        ("GET", "requests", "", 200, r#"{"requests":[]}"#.into()),
    ] {
        let address = format!("{}/_emulator/{path}", running.url());
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = Client::new().request(method.clone(), address).header("x-dvkit-emulator", "1");
        let answer = request.body(body.to_owned()).send().await.unwrap();
        let found = answer.status().as_u16();
        let answer = answer.text().await.unwrap();
        assert_eq!(found, status, "{method} {path} {body}: {answer}");
        assert!(answer.contains(&text), "{method} {path} {body}: {answer}");
    }
    let script =
        Client::new().put(format!("{}/_emulator/faults", running.url())).header("x-dvkit-emulator", "1");
    let answer = script.body(vec![0xff]).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert!(answer.text().await.unwrap().contains("the script is not UTF-8"));
}

#[tokio::test]
async fn thirty_two_baselines_are_kept_and_the_start_is_one_of_them() {
    let running = Emulator::builder(sample()).start().await.unwrap();
    for number in 1..32 {
        running.save(&number.to_string()).unwrap();
    }
    // One that exists already can be saved again.
    running.save("7").unwrap();
    let error = running.save("32").unwrap_err();
    assert_eq!(error.to_string(), "there are 32 baselines already; delete one");
    let address = format!("{}/_emulator/baselines", running.url());
    let ask = async |method: Method, path: &str| {
        let request = Client::new().request(method, format!("{address}/{path}"));
        request.header("x-dvkit-emulator", "1").send().await.unwrap().status().as_u16()
    };
    assert_eq!(ask(Method::PUT, "32").await, 409);
    assert_eq!(ask(Method::DELETE, "7").await, 204);
    assert_eq!(ask(Method::PUT, "32").await, 204);
    running.restore("32").unwrap();
    assert!(
        running
            .restore("7")
            .unwrap_err()
            .to_string()
            .starts_with("there is no baseline `7`; the baselines are: ")
    );
    running.reset().unwrap();
}
