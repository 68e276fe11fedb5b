//! Every client at every provider, feature by feature: what works, what works with a loss that is reported,
//! and what is refused. `docs/compatibility.md` is what this run saw.

mod echo;
mod ends;
mod features;
mod judge;
mod meaning;
mod pair;
mod refusals;
mod table;

use futures_util::{StreamExt as _, stream};

use self::{
    ends::{Client, Upstream},
    features::Feature,
    judge::Verdict,
    pair::{Pair, Pictures},
};

/// How many pairs are tried at the same time.
const AT_ONCE: usize = 4;

/// One client at one provider: a verdict for each feature.
struct Column {
    client: Client,
    upstream: Upstream,
    verdicts: Vec<Verdict>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_works_is_what_the_table_says() {
    let features = features::all();
    let pictures = Pictures::open().await;
    let pairs = Client::ALL
        .into_iter()
        .flat_map(|client| Upstream::ALL.map(|upstream| (client, upstream)));
    let columns: Vec<Column> = stream::iter(pairs)
        .map(|(client, upstream)| column(client, upstream, &features, &pictures))
        .buffered(AT_ONCE)
        .collect()
        .await;
    let failures: Vec<String> = columns
        .iter()
        .flat_map(|column| refusals::unexpected(column, &features))
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(refusals::unused(&columns, &features), Vec::<String>::new());
    table::check(&table::page(&features, &columns, &pictures));
}

async fn column(
    client: Client,
    upstream: Upstream,
    features: &[Feature],
    pictures: &Pictures,
) -> Column {
    let pair = Pair::open(client, upstream).await;
    let mut asked = Vec::new();
    for feature in features {
        asked.push(pair.try_out(feature, pictures).await);
    }
    let rows = pair.close().await;
    Column {
        client,
        upstream,
        verdicts: judge::verdicts(client, upstream, features, asked, rows),
    }
}
