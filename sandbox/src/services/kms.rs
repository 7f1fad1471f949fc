//! KMS: the emulator's keys, a Region at a time, behind AWS's checks.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html>

use std::sync::Arc;

use async_trait::async_trait;
use fakecloud_core::service::{AwsRequest, AwsResponse, AwsService, AwsServiceError};
use fakecloud_kms::KmsKey;
use serde_json::Value;

use super::{caller, denial, error};
use crate::actions::keys::on_key;
use crate::actions::{Need, ciphertext};
use crate::arn::{Arn, partition_of_region};
use crate::authority::{Ask, Caller};
use crate::checks::{documents, lockout, principals, size};
use crate::keys::RegionalKeys;
use crate::multi_region;
use crate::world::{Governing, World};

pub struct Kms {
    world: Arc<World>,
}

impl Kms {
    pub fn new(world: Arc<World>) -> Self {
        Kms { world }
    }

    /// Everything that has to be allowed, each with the key it is about.
    fn needs(&self, call: &Call<'_>) -> Result<Vec<(Need, Option<KmsKey>)>, AwsServiceError> {
        let (action, caller) = (call.action, call.caller);
        let bare = |action: &str| {
            Need::new(format!("kms:{action}"), "*").with("kms:calleraccount", caller.account())
        };
        let on =
            |action: &str, key: KmsKey| (on_key(action, &key, &call.region, caller.account()), Some(key));
        let alias_arn = |name: &str| {
            let region = &call.region.name;
            format!("arn:{}:kms:{region}:{}:{name}", partition_of_region(region), caller.account())
        };
        let mut needs = match action {
            "CreateKey" => vec![(create_key(call, bare("CreateKey")), None)],
            "ListKeys" | "ListAliases" | "GenerateRandom" | "ListRetirableGrants" => {
                vec![(bare(action), None)]
            }
            "CreateAlias" | "UpdateAlias" | "DeleteAlias" => {
                let name = call.text("AliasName");
                let mut alias = bare(action);
                alias.resource = alias_arn(name);
                let mut needs = vec![(alias, None)];
                let current = call.region.find(caller.account(), name);
                needs.extend(current.filter(|_| action != "CreateAlias").map(|key| on(action, key)));
                if action != "DeleteAlias" {
                    needs.push(on(action, call.key(call.text("TargetKeyId"))?));
                }
                needs
            }
            "Decrypt" if call.text("KeyId").is_empty() => vec![on(action, self.key_of_ciphertext(call)?)],
            // One operation, two actions.
            "ReEncrypt" => {
                let from = match call.text("SourceKeyId") {
                    "" => self.key_of_ciphertext(call)?,
                    name => call.key(name)?,
                };
                let to = call.key(call.text("DestinationKeyId"))?;
                vec![on("ReEncryptFrom", from), on("ReEncryptTo", to)]
            }
            _ if call.body.get("KeyId").is_some() => vec![on(action, call.key(call.text("KeyId"))?)],
            _ => vec![(bare(action), None)],
        };
        for (need, _) in &mut needs {
            if call.text("KeyId").contains("alias/") {
                let alias = call.text("KeyId");
                let name = alias.find("alias/").map_or(alias, |start| &alias[start..]);
                need.keys.insert("kms:requestalias".to_owned(), vec![name.to_owned()]);
            }
            if let Some(days) = call.body.get("PendingWindowInDays").and_then(Value::as_i64) {
                need.keys
                    .insert("kms:schedulekeydeletionpendingwindowindays".to_owned(), vec![days.to_string()]);
            }
            if let Some(context) = call.body.get("EncryptionContext").and_then(Value::as_object) {
                for (name, value) in context {
                    let value = value.as_str().unwrap_or_default().to_owned();
                    need.keys.insert(format!("kms:EncryptionContext:{name}"), vec![value]);
                }
                need.keys.insert("kms:encryptioncontextkeys".to_owned(), context.keys().cloned().collect());
            }
            need.request_tags = call.tags();
        }
        // A replica is a new key of its own.
        if action == "ReplicateKey" {
            let mut create = bare("CreateKey");
            create.request_tags = call.tags();
            needs.push((create, None));
        }
        // Tags on creation ask for their own action.
        if matches!(action, "CreateKey" | "ReplicateKey") && call.tags().is_some() {
            let mut tagging = bare("TagResource");
            tagging.request_tags = call.tags();
            needs.push((tagging, None));
        }
        Ok(needs)
    }

    /// The key that a ciphertext names, in whatever account.
    fn key_of_ciphertext(&self, call: &Call<'_>) -> Result<KmsKey, AwsServiceError> {
        let id = ciphertext::key_id(call.text("CiphertextBlob"));
        id.and_then(|id| {
            let mut accounts = self.world.accounts.iter();
            accounts.find_map(|account| call.region.find(&account.id, &id))
        })
        .ok_or_else(|| error(400, "InvalidCiphertextException", ""))
    }

    fn authorize(&self, call: &Call<'_>) -> Result<(), AwsServiceError> {
        for (need, key) in self.needs(call)? {
            let governing = key.as_ref().map_or(Governing::None, Governing::Key);
            let owner = key
                .as_ref()
                .and_then(|key| Some(Arn::parse(&key.arn)?.account.to_owned()))
                .unwrap_or_else(|| call.caller.account().to_owned());
            let ask = Ask {
                action: &need.action,
                resource: &need.resource,
                context: need.context(call.caller.context(&call.region.name)),
            };
            let judgement = self.world.judge(call.caller, &owner, governing, &ask);
            if !judgement.is_allowed() {
                return Err(error(400, "AccessDeniedException", denial(call.caller, &need, judgement)));
            }
        }
        Ok(())
    }
}

fn create_key(call: &Call<'_>, need: Need) -> Need {
    let flag = |name: &str| call.body.get(name).and_then(Value::as_bool).unwrap_or(false).to_string();
    let text =
        |name: &str, default: &str| call.body.get(name).and_then(Value::as_str).unwrap_or(default).to_owned();
    need.with("kms:multiregion", flag("MultiRegion"))
        .with("kms:bypasspolicylockoutsafetycheck", flag("BypassPolicyLockoutSafetyCheck"))
        .with("kms:keyspec", text("KeySpec", "SYMMETRIC_DEFAULT"))
        .with("kms:keyusage", text("KeyUsage", "ENCRYPT_DECRYPT"))
        .with("kms:keyorigin", text("Origin", "AWS_KMS"))
}

/// One KMS request, taken apart.
pub struct Call<'a> {
    pub action: &'a str,
    pub caller: &'a Caller,
    pub region: Arc<RegionalKeys>,
    pub body: Value,
}

impl Call<'_> {
    pub fn text(&self, field: &str) -> &str {
        self.body.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    fn flag(&self, field: &str) -> bool {
        self.body.get(field).and_then(Value::as_bool).unwrap_or(false)
    }

    /// A key by id, alias or ARN: ids and aliases are the caller's own.
    pub fn key(&self, reference: &str) -> Result<KmsKey, AwsServiceError> {
        let arn = Arn::parse(reference);
        if let Some(arn) = &arn
            && arn.region != self.region.name
        {
            return Err(error(400, "NotFoundException", format!("Invalid arn {}", arn.region)));
        }
        let account = arn.map_or(self.caller.account(), |arn| arn.account);
        let alias = arn.map_or(reference, |arn| arn.resource);
        let found = match alias.strip_prefix("alias/aws/") {
            // Made when it is first spoken of:
            // https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html
            Some(service) => self.region.managed(account, service),
            None => self.region.find(account, reference),
        };
        found.ok_or_else(|| {
            let name = if reference.starts_with("arn:") {
                reference.to_owned()
            } else {
                let region = &self.region.name;
                let kind = if reference.starts_with("alias/") { "" } else { "key/" };
                format!("arn:{}:kms:{region}:{account}:{kind}{reference}", partition_of_region(region))
            };
            let thing = if reference.contains("alias/") { "Alias" } else { "Key" };
            let verb = if thing == "Alias" { "is not found." } else { "does not exist" };
            let name = if thing == "Key" { format!("'{name}'") } else { name };
            error(400, "NotFoundException", format!("{thing} {name} {verb}"))
        })
    }

    fn tags(&self) -> Option<std::collections::HashMap<String, String>> {
        let tags = self.body.get("Tags")?.as_array()?;
        let text = |tag: &Value, field: &str| tag.get(field)?.as_str().map(str::to_owned);
        Some(tags.iter().filter_map(|tag| Some((text(tag, "TagKey")?, text(tag, "TagValue")?))).collect())
    }
}

#[async_trait]
impl AwsService for Kms {
    fn service_name(&self) -> &str {
        "kms"
    }

    fn supported_actions(&self) -> &[&str] {
        &[]
    }

    async fn handle(&self, mut request: AwsRequest) -> Result<AwsResponse, AwsServiceError> {
        let caller = caller(&self.world, &request)?;
        let action = request.action.clone();
        let call = Call {
            action: &action,
            caller: &caller,
            region: self.world.keys.region(&request.region),
            body: request.json_body(),
        };
        self.authorize(&call)?;
        if matches!(action.as_str(), "CreateKey" | "PutKeyPolicy" | "ReplicateKey")
            && let Some(policy) = call.body.get("Policy").and_then(Value::as_str)
        {
            size::check_key_policy(policy)?;
            documents::check_key_policy(policy)?;
            principals::check_key_policy(&self.world, policy)?;
            if !call.flag("BypassPolicyLockoutSafetyCheck") {
                let name = call.body.get("KeyId").and_then(Value::as_str);
                let key = name.and_then(|name| call.region.find(caller.account(), name));
                let action = "PutKeyPolicy";
                let need = key.map_or_else(
                    || {
                        let pattern = format!("arn:aws:kms:{}:{}:key/*", call.region.name, caller.account());
                        Need::new(format!("kms:{action}"), pattern)
                            .with("kms:calleraccount", caller.account())
                    },
                    |key| on_key(action, &key, &call.region, caller.account()),
                );
                lockout::check(&self.world, &caller, &call.region.name, &need, policy)?;
            }
        }
        if action == "CreateGrant" {
            principals::check_grantee(&self.world, call.text("GranteePrincipal"))?;
        }
        match action.as_str() {
            "ReplicateKey" => return multi_region::replicate(&self.world, &call),
            "DescribeKey" => return multi_region::describe(&self.world, &call),
            "GetKeyPolicy" => {
                // The emulator has another policy for these.
                let key = call.region.find(caller.account(), call.text("KeyId"));
                if let Some(key) = key.filter(|key| key.key_manager == "AWS") {
                    let answer = serde_json::json!({"PolicyName": "default", "Policy": key.policy});
                    return Ok(AwsResponse::ok_json(answer));
                }
            }
            _ => {}
        }
        // The emulator looks for keys in the caller's account alone.
        let sealed = (action == "Decrypt").then(|| self.key_of_ciphertext(&call).ok()).flatten();
        let arn = Arn::parse(call.text("KeyId")).or(sealed.as_ref().and_then(|key| Arn::parse(&key.arn)));
        if let Some(arn) = arn {
            request.account_id = arn.account.to_owned();
        }
        call.region.service.handle(request).await
    }
}
