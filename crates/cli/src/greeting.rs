//! What the server says when it is ready: for people first, then one line for scripts.

use std::io::{self, Write};

/// What there is to tell.
pub(crate) struct Greeting<'a> {
    pub(crate) address: &'a str,
    pub(crate) sign_in_link: Option<&'a str>,
    pub(crate) needs_key: bool,
    pub(crate) notices: &'a [String],
}

impl Greeting<'_> {
    pub(crate) fn print(&self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        self.write(&mut out)?;
        out.flush()
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let address = self.address;
        let key = if self.needs_key {
            " -H \"Authorization: Bearer $PATCHBAY_KEY\""
        } else {
            ""
        };
        writeln!(out, "Patchbay listens on http://{address}")?;
        writeln!(out)?;
        writeln!(out, "  OpenAI clients     http://{address}/v1")?;
        writeln!(out, "  Anthropic clients  http://{address}")?;
        if let Some(link) = self.sign_in_link {
            writeln!(out, "  In the browser     {link}  (signs in once)")?;
        }
        writeln!(out)?;
        writeln!(
            out,
            "  curl http://{address}/v1/chat/completions{key} -H 'Content-Type: application/json' -d '{{\"model\":\"echo/echo\",\"messages\":[{{\"role\":\"user\",\"content\":\"Hello\"}}]}}'"
        )?;
        writeln!(out)?;
        for notice in self.notices {
            writeln!(out, "  {notice}")?;
        }
        writeln!(out, "ready http://{address}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_is_for_scripts() {
        let greeting = Greeting {
            address: "127.0.0.1:7229",
            sign_in_link: Some("http://127.0.0.1:7229/admin/sign-in?token=x"),
            needs_key: true,
            notices: &["Keys are kept in memory.".to_owned()],
        };
        let mut out = Vec::new();
        greeting.write(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().last(), Some("ready http://127.0.0.1:7229"));
        assert!(text.contains("Bearer $PATCHBAY_KEY"));
    }
}
