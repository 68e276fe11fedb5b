//! `patchbay sign-in`.

use std::io::{self, Write as _};

use gateway::SignInFolder;

use crate::{DataArgument, Error};

pub(crate) fn sign_in(data: &DataArgument) -> Result<(), Error> {
    let folder = SignInFolder::beside(&data.exchanges_file()?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::Start)?;
    let link = runtime.block_on(folder.leave_link())?;
    writeln!(io::stdout(), "{link}")?;
    Ok(())
}
