//! The examples of docs/sign-in.md are configs that a session takes.

use std::path::Path;

use m365photo::engine::Session;

#[test]
fn every_example_of_signing_in_is_a_config_that_is_understood() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/sign-in.md");
    let text = std::fs::read_to_string(page).unwrap();
    let examples: Vec<&str> = text.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(examples.len() >= 10, "an example for each way");
    for example in examples {
        Session::new(example.as_bytes()).unwrap_or_else(|error| panic!("{error:?}\n{example}"));
    }
}
