//! What the language of a tenant changes: names of folders and lists, never their addresses.
//! Knows words only. Promises the names that public sources show, where there are any.

use clap::ValueEnum;

/// The language of the my-site host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// German; folder and title \[O\].
    De,
    /// French \[?\].
    Fr,
    /// Portuguese; folder \[O\], title \[?\].
    Pt,
    /// Japanese \[?\].
    Ja,
}

impl Language {
    /// The folder of the picture library.
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Self::En => "Profile Pictures",
            Self::De => "Profilbilder",
            Self::Fr => "Images de profil",
            Self::Pt => "Imagens de Perfil",
            Self::Ja => "プロフィール画像",
        }
    }

    /// The title of the picture library.
    #[must_use]
    pub const fn library_title(self) -> &'static str {
        match self {
            Self::En => "User Photos",
            Self::De => "Benutzerfotos",
            Self::Fr => "Photos des utilisateurs",
            Self::Pt => "Fotos de Usuários",
            Self::Ja => "ユーザーの写真",
        }
    }

    /// The number by which SharePoint names it.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::En => 1033,
            Self::De => 1031,
            Self::Fr => 1036,
            Self::Pt => 1046,
            Self::Ja => 1041,
        }
    }
}
