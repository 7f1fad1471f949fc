//! Starting, listening, profiles, credentials, stopping.

use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use bucketbridge_sandbox::{Options, Sandbox};

use crate::bench::{DESTINATION, PROD, admin, clients, code, run, sandbox, start};

#[test]
fn other_addresses_than_loopback_are_refused() {
    let options = Options { listen: "0.0.0.0:0".parse().unwrap(), ..Options::default() };
    let error = Sandbox::start(options).err().expect("it does not start");
    assert!(error.to_string().contains("loopback"), "{error}");
}

#[test]
fn the_profiles_of_the_written_files_sign_in() {
    let sandbox = start(Options {
        accounts: vec![
            ("111111111111".to_owned(), "prod".to_owned()),
            ("222222222222".to_owned(), "backup".to_owned()),
            ("333333333333".to_owned(), "archive".to_owned()),
        ],
        ..Options::default()
    });
    let dir = tempfile::tempdir().unwrap();
    let files = sandbox.write_aws_dir(&dir.path().join("aws")).unwrap();
    run(async {
        let profile_files = EnvConfigFiles::builder()
            .with_file(EnvConfigFileKind::Config, &files.config)
            .with_file(EnvConfigFileKind::Credentials, &files.credentials)
            .build();
        for (account, name) in [("111111111111", "prod"), ("333333333333", "archive")] {
            let config = aws_config::defaults(aws_config::BehaviorVersion::latest())
                .profile_files(profile_files.clone())
                .profile_name(name)
                .load()
                .await;
            let sts = aws_sdk_sts::Client::new(&config);
            let who = sts.get_caller_identity().send().await.expect("the profile signs in");
            assert_eq!(who.account(), Some(account));
            assert_eq!(who.arn(), Some(format!("arn:aws:iam::{account}:user/administrator").as_str()));
        }
    });
}

#[test]
fn a_wrong_secret_is_refused() {
    let sandbox = sandbox();
    run(async {
        let (id, _) = sandbox.credentials("prod");
        let wrong = aws_sdk_iam::config::Credentials::new(id, "wrong", None, None, "test");
        let clients = clients(&sandbox, wrong, DESTINATION).await;
        let error = clients.sts.get_caller_identity().send().await.unwrap_err();
        assert_eq!(code(&error), "SignatureDoesNotMatch");
        let error = clients.s3.list_buckets().send().await.unwrap_err();
        assert_eq!(code(&error), "SignatureDoesNotMatch");
    });
}

#[test]
fn a_sandbox_stops_when_dropped() {
    let sandbox = sandbox();
    let address = sandbox.endpoint().trim_start_matches("http://").to_owned();
    run(async {
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        let who = prod.sts.get_caller_identity().send().await.unwrap();
        assert_eq!(who.account(), Some(PROD));
    });
    drop(sandbox);
    assert!(std::net::TcpStream::connect(address).is_err());
}
