// The library's C ABI (docs/abi.md) as .NET types.
// C# 5 only: Windows PowerShell 5.1 compiles this file with the compiler of .NET Framework, PowerShell 7 with Roslyn.
// The namespace carries the ABI's major version, because a loaded type cannot be replaced for the life of the process.

using System;
using System.ComponentModel;
using System.IO;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;

namespace M365ProfilePhoto.Interop.V1
{
    /// <summary>A handle of the library; freed once, by Dispose or by the finalizer.</summary>
    public abstract class LibraryHandle : SafeHandle
    {
        protected LibraryHandle() : base(IntPtr.Zero, true) { }
        public override bool IsInvalid { get { return handle == IntPtr.Zero; } }
    }

    public sealed class SessionHandle : LibraryHandle
    {
        public SessionHandle() { }
        /// <summary>Who signs for the session, where the library does not hold the private key itself.</summary>
        public Signer Signer { get; set; }
        protected override bool ReleaseHandle() { Native.m365photo_session_free(handle); return true; }
    }

    public sealed class JobHandle : LibraryHandle
    {
        public JobHandle() { }
        internal SessionHandle Session { get; set; }
        protected override bool ReleaseHandle() { Native.m365photo_job_free(handle); return true; }
    }

    public sealed class BufferHandle : LibraryHandle
    {
        public BufferHandle() { }
        protected override bool ReleaseHandle() { Native.m365photo_buffer_free(handle); return true; }
    }

    public sealed class ErrorHandle : LibraryHandle
    {
        public ErrorHandle() { }
        protected override bool ReleaseHandle() { Native.m365photo_error_free(handle); return true; }
    }

    /// <summary>How far a job is. State: 0 running, 1 finished, 2 failed, 3 cancelled. Times are milliseconds.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Progress
    {
        public uint StructSize;
        public uint State;
        public ulong Done;
        public ulong Total;
        public ulong Failed;
        public ulong Requests;
        public ulong Writes;
        public ulong RecordsReady;
        public ulong Waiting;
        public ulong Elapsed;
        public ulong BudgetPercent;
    }

    /// <summary>
    /// What a call gave: a value, or an error (of the library: JSON as docs/abi.md describes it; of Files: a sentence).
    /// Not an exception, because PowerShell keeps those in $Error and -ErrorVariable even when a script has dealt with them.
    /// </summary>
    public sealed class Reply
    {
        public Reply(object value, string error)
        {
            Value = value;
            Error = error;
        }

        public object Value { get; private set; }
        public string Error { get; private set; }
    }

    /// <summary>What went wrong, as the cmdlets report it.</summary>
    public sealed class PhotoException : Exception
    {
        public PhotoException(string message) : base(message) { }

        /// <summary>The stable code and its name, such as 20 and PersonNotFound.</summary>
        public int Code { get; set; }
        public string Name { get; set; }
        /// <summary>What to do next.</summary>
        public string Advice { get; set; }
        public string User { get; set; }
        public int? HttpStatus { get; set; }
        public TimeSpan? RetryAfter { get; set; }
        /// <summary>The service's own code, such as AADSTS7000215, and the id that Microsoft's support asks for.</summary>
        public string ServiceCode { get; set; }
        public string RequestId { get; set; }
        public string[] Causes { get; set; }
    }

    /// <summary>Loads the native library, once in a process, from an absolute path.</summary>
    public static class Library
    {
        public const uint AbiMajor = 1;

        static readonly object gate = new object();
        static string path;

        /// <summary>Null, or why the library cannot be loaded.</summary>
        public static string Load(string fullPath)
        {
            lock (gate)
            {
                if (path != null) return Same(path, fullPath) ? null : "this session uses " + path + " already";
                try
                {
                    Type loader = NativeLibraryType();
                    if (OnWindows) module = LoadOnWindows(fullPath);
                    else module = (IntPtr)loader.GetMethod("Load", new Type[] { typeof(string) }).Invoke(null, new object[] { fullPath });
                    if (loader != null) ResolveImports(loader);
                }
                catch (Exception failure) { return failure.GetBaseException().Message; }
                path = fullPath;
                return null;
            }
        }

        static bool OnWindows { get { return Path.DirectorySeparatorChar == '\\'; } }

        static bool Same(string one, string other)
        {
            return string.Equals(one, other, OnWindows ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
        }

        // PowerShell 7: every import of this assembly is resolved by a compiled method, because a first use may
        // be a free on the finalizer thread, where no script can run. C# 5 on .NET Framework cannot name the types.
        static void ResolveImports(Type loader)
        {
            Type resolver = loader.Assembly.GetType("System.Runtime.InteropServices.DllImportResolver", true);
            MethodInfo mine = typeof(Library).GetMethod("Resolve", BindingFlags.NonPublic | BindingFlags.Static);
            loader.GetMethod("SetDllImportResolver").Invoke(
                null, new object[] { typeof(Library).Assembly, Delegate.CreateDelegate(resolver, mine) });
        }

        static IntPtr module;

        static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
        {
            return name == Native.Name ? module : IntPtr.Zero;
        }

        static Type NativeLibraryType()
        {
            return typeof(object).Assembly.GetType("System.Runtime.InteropServices.NativeLibrary", false);
        }

        // Windows says more about what is wrong than .NET does. In Windows PowerShell, a library that was loaded by its full
        // path satisfies later imports by its bare name.
        static IntPtr LoadOnWindows(string fullPath)
        {
            const uint loadWithAlteredSearchPath = 8;
            IntPtr library = LoadLibraryEx(fullPath, IntPtr.Zero, loadWithAlteredSearchPath);
            if (library == IntPtr.Zero) throw new Win32Exception(Marshal.GetLastWin32Error());
            return library;
        }

        [DllImport("kernel32.dll", EntryPoint = "LoadLibraryExW", CharSet = CharSet.Unicode, SetLastError = true, ExactSpelling = true)]
        static extern IntPtr LoadLibraryEx(string file, IntPtr reserved, uint flags);
    }

    /// <summary>The calls of the ABI for PowerShell: text and bytes in, a Reply out.</summary>
    public static class Api
    {
        public const uint Certificate = 1;
        public const uint ClientSecret = 2;
        public const uint AccessToken = 3;
        public const uint RequestToken = 4;
        public const uint ProxyPassword = 5;
        public const uint CertificateOfCaller = 6;
        public const uint Running = 0;

        public static uint AbiMajor() { return Native.m365photo_abi_version() >> 16; }

        public static Reply NewSession(string config)
        {
            return Call(delegate
            {
                byte[] bytes = Encoding.UTF8.GetBytes(config);
                SessionHandle session;
                ErrorHandle error;
                Check(Native.m365photo_session_new(bytes, Length(bytes), out session, out error), error);
                return session;
            });
        }

        /// <summary>Gives a session a secret, and its password or null. Both stay the caller's.</summary>
        public static Reply SetCredential(SessionHandle session, uint kind, SecretBytes secret, SecretBytes password)
        {
            byte[] opener = password == null ? null : password.Bytes;
            return Call(delegate
            {
                ErrorHandle error;
                Check(Native.m365photo_session_set_credential(
                    session, kind, secret.Bytes, Length(secret.Bytes), opener, Length(opener), out error), error);
                return null;
            });
        }

        public static Reply Connect(SessionHandle session, string request)
        {
            return Start(Native.m365photo_connect_start, session, request);
        }

        public static Reply CheckAccess(SessionHandle session, string request)
        {
            return Start(Native.m365photo_check_start, session, request);
        }

        public static Reply Fetch(SessionHandle session, string request)
        {
            return Start(Native.m365photo_fetch_start, session, request);
        }

        public static Reply Compare(SessionHandle session, string request)
        {
            return Start(Native.m365photo_compare_start, session, request);
        }

        public static Reply Sync(SessionHandle session, string request)
        {
            return Start(Native.m365photo_sync_start, session, request);
        }

        /// <summary>The session's context, as JSON.</summary>
        public static Reply Context(SessionHandle session)
        {
            return Call(delegate
            {
                BufferHandle buffer;
                ErrorHandle error;
                Check(Native.m365photo_session_context(session, out buffer, out error), error);
                return Text(buffer);
            });
        }

        /// <summary>Summaries of the session's runs, newest first, as a JSON array.</summary>
        public static Reply Runs(SessionHandle session)
        {
            return Call(delegate
            {
                BufferHandle buffer;
                ErrorHandle error;
                Check(Native.m365photo_session_runs(session, out buffer, out error), error);
                return Text(buffer);
            });
        }

        /// <summary>Waits until the job has ended, a record is ready, or the time is over; a Progress.</summary>
        public static Reply Wait(JobHandle job, uint milliseconds)
        {
            return Call(delegate { return WaitFor(job, milliseconds); });
        }

        /// <summary>Takes the records that are ready, as a JSON array.</summary>
        public static Reply Next(JobHandle job, uint max)
        {
            return Call(delegate { return Take(job, max); });
        }

        /// <summary>The bytes of a picture that a record taken by the last Next names.</summary>
        public static Reply Picture(JobHandle job, uint number)
        {
            return Call(delegate
            {
                BufferHandle buffer;
                ErrorHandle error;
                Check(Native.m365photo_job_picture(job, number, out buffer, out error), error);
                return Bytes(buffer);
            });
        }

        /// <summary>What a picture file is, as JSON.</summary>
        public static Reply InspectPicture(byte[] picture)
        {
            return Call(delegate
            {
                BufferHandle buffer;
                ErrorHandle error;
                Check(Native.m365photo_picture_inspect(picture, Length(picture), out buffer, out error), error);
                return Text(buffer);
            });
        }

        /// <summary>Whether two picture files show the same picture, as JSON.</summary>
        public static Reply ComparePictures(byte[] a, byte[] b)
        {
            return Call(delegate
            {
                BufferHandle buffer;
                ErrorHandle error;
                Check(Native.m365photo_picture_compare(a, Length(a), b, Length(b), out buffer, out error), error);
                return Text(buffer);
            });
        }

        /// <summary>The centred square of a picture file, as the bytes of a JPEG file.</summary>
        public static Reply Thumbnail(byte[] picture, uint side)
        {
            return Call(delegate
            {
                BufferHandle buffer;
                ErrorHandle error;
                Check(Native.m365photo_picture_thumbnail(picture, Length(picture), side, out buffer, out error), error);
                return Bytes(buffer);
            });
        }

        /// <summary>The summary of an ended job, as JSON, or the error with which it ended.</summary>
        public static Reply Result(JobHandle job)
        {
            return Call(delegate
            {
                BufferHandle buffer;
                ErrorHandle error;
                Check(Native.m365photo_job_result(job, out buffer, out error), error);
                return Text(buffer);
            });
        }

        /// <summary>
        /// Ends a job from a finally block: when it still runs, asks it to stop and gives people whose pictures are half
        /// written up to the given time, so that a process which exits right after leaves nobody half done.
        /// </summary>
        public static void Stop(JobHandle job, int milliseconds)
        {
            try
            {
                if (WaitFor(job, 0).State != Running) return;
                ErrorHandle error;
                Check(Native.m365photo_job_cancel(job, out error), error);
                System.Diagnostics.Stopwatch clock = System.Diagnostics.Stopwatch.StartNew();
                while (clock.ElapsedMilliseconds < milliseconds && WaitFor(job, 50).State == Running) Take(job, 1000);
            }
            catch (Refusal) { } // A broken job must not hide what brought us here; freeing it is all that is left.
            finally { job.Dispose(); }
        }

        sealed class Refusal : Exception
        {
            public Refusal(string json) : base(json) { }
        }

        static Reply Call(Func<object> call)
        {
            try { return new Reply(call(), null); }
            catch (Refusal refusal) { return new Reply(null, refusal.Message); }
        }

        static void Check(int status, ErrorHandle error)
        {
            if (status == 0) return;
            IntPtr data;
            uint length;
            using (error)
            {
                if (Native.m365photo_error_data(error, out data, out length) != 0)
                    throw new InvalidOperationException("The native library answered with status " + status + " and no error.");
                throw new Refusal(Encoding.UTF8.GetString(Copy(data, length)));
            }
        }

        delegate int Starter(SessionHandle session, byte[] request, uint length, out JobHandle job, out ErrorHandle error);

        static Reply Start(Starter start, SessionHandle session, string request)
        {
            return Call(delegate
            {
                byte[] bytes = Encoding.UTF8.GetBytes(request);
                JobHandle job;
                ErrorHandle error;
                Check(start(session, bytes, Length(bytes), out job, out error), error);
                job.Session = session;
                return job;
            });
        }

        static Progress WaitFor(JobHandle job, uint milliseconds)
        {
            Progress progress = new Progress();
            progress.StructSize = (uint)Marshal.SizeOf(typeof(Progress));
            ErrorHandle error;
            Check(Native.m365photo_job_wait(job, milliseconds, ref progress, out error), error);
            if (job.Session != null && job.Session.Signer != null) Sign(job.Session);
            return progress;
        }

        // A job waits while a signature is wanted, also in the middle of a long run.
        static void Sign(SessionHandle session)
        {
            BufferHandle buffer;
            ErrorHandle error;
            Check(Native.m365photo_session_signature_wanted(session, out buffer, out error), error);
            string wanted = Text(buffer);
            if (wanted == "null") return;
            byte[] signature = session.Signer.Sign(Field(wanted, "algorithm"), Encoding.ASCII.GetBytes(Field(wanted, "text")));
            uint id = uint.Parse(Field(wanted, "id"));
            // Whoever waited may have been cancelled meanwhile: then there is nothing to be done.
            if (Native.m365photo_session_give_signature(session, id, signature, Length(signature), out error) != 0) error.Dispose();
        }

        // A field of a flat JSON object whose values need no escapes.
        static string Field(string json, string name)
        {
            return Regex.Match(json, "\"" + name + "\":\"?([\\w.-]+)").Groups[1].Value;
        }

        static string Take(JobHandle job, uint max)
        {
            BufferHandle buffer;
            ErrorHandle error;
            Check(Native.m365photo_job_next(job, max, out buffer, out error), error);
            return Text(buffer);
        }

        static string Text(BufferHandle buffer) { return Encoding.UTF8.GetString(Bytes(buffer)); }

        static byte[] Bytes(BufferHandle buffer)
        {
            using (buffer)
            {
                IntPtr data;
                uint length;
                ErrorHandle error;
                Check(Native.m365photo_buffer_data(buffer, out data, out length, out error), error);
                return Copy(data, length);
            }
        }

        static byte[] Copy(IntPtr data, uint length)
        {
            byte[] bytes = new byte[length];
            if (length > 0) Marshal.Copy(data, bytes, 0, bytes.Length);
            return bytes;
        }

        static uint Length(byte[] bytes) { return bytes == null ? 0 : (uint)bytes.Length; }
    }

    /// <summary>
    /// The bytes of a secret. They stay where they are, since .NET leaves a copy behind when it moves what lies in its memory,
    /// and are cleared when this is disposed of.
    /// </summary>
    public sealed class SecretBytes : IDisposable
    {
        GCHandle place;

        internal byte[] Bytes { get; private set; }

        SecretBytes(int length)
        {
            Bytes = new byte[length];
            place = GCHandle.Alloc(Bytes, GCHandleType.Pinned);
        }

        public static SecretBytes OfBytes(byte[] bytes)
        {
            SecretBytes secret = new SecretBytes(bytes.Length);
            Buffer.BlockCopy(bytes, 0, secret.Bytes, 0, bytes.Length);
            return secret;
        }

        /// <summary>A text as UTF-8.</summary>
        public static SecretBytes OfText(string text)
        {
            SecretBytes secret = new SecretBytes(Encoding.UTF8.GetByteCount(text));
            Encoding.UTF8.GetBytes(text, 0, text.Length, secret.Bytes, 0);
            return secret;
        }

        /// <summary>A secure string as UTF-8.</summary>
        public static SecretBytes OfSecureString(SecureString text)
        {
            char[] characters = new char[text.Length];
            GCHandle place = GCHandle.Alloc(characters, GCHandleType.Pinned);
            IntPtr unicode = Marshal.SecureStringToGlobalAllocUnicode(text);
            try
            {
                Marshal.Copy(unicode, characters, 0, characters.Length);
                SecretBytes secret = new SecretBytes(Encoding.UTF8.GetByteCount(characters));
                Encoding.UTF8.GetBytes(characters, 0, characters.Length, secret.Bytes, 0);
                return secret;
            }
            finally
            {
                Marshal.ZeroFreeGlobalAllocUnicode(unicode);
                Array.Clear(characters, 0, characters.Length);
                place.Free();
            }
        }

        /// <summary>What a file holds.</summary>
        public static Reply OfFile(string path)
        {
            try
            {
                // A stream without a buffer of its own, where the secret would stay.
                using (FileStream file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1))
                {
                    SecretBytes secret = new SecretBytes(checked((int)file.Length));
                    int done = 0, more;
                    while ((more = file.Read(secret.Bytes, done, secret.Bytes.Length - done)) > 0) done += more;
                    return new Reply(secret, null);
                }
            }
            catch (Exception failure) { return new Reply(null, failure.Message); }
        }

        public void Dispose()
        {
            Array.Clear(Bytes, 0, Bytes.Length);
            if (place.IsAllocated) place.Free();
            GC.SuppressFinalize(this);
        }

        // What held its place for good would stay readable after a command that failed on its way to dispose of it.
        ~SecretBytes() { Dispose(); }
    }

    /// <summary>Signs with a private key that stays where it is: in the Windows store, on a card, in a vault.</summary>
    public sealed class Signer
    {
        readonly RSA key;

        public Signer(RSA key) { this.key = key; }

        /// <summary>The signature over the text's SHA-256, or null when the key cannot sign in this way.</summary>
        public byte[] Sign(string algorithm, byte[] text)
        {
            RSASignaturePadding padding = algorithm == "PS256" ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
            try { return key.SignData(text, HashAlgorithmName.SHA256, padding); }
            // Keys of old Windows providers and of some cards know no PSS; a key that this account may not read signs in no way.
            catch (CryptographicException) { return null; }
            catch (NotSupportedException) { return null; }
        }
    }

    /// <summary>Certificates of the stores, with a sentence instead of an exception.</summary>
    public static class Certificates
    {
        /// <summary>The certificate with this thumbprint that has a private key, or any with it: the user's before the computer's.</summary>
        public static Reply Find(string thumbprint)
        {
            X509Certificate2 found = null;
            foreach (StoreLocation location in new StoreLocation[] { StoreLocation.CurrentUser, StoreLocation.LocalMachine })
            {
                X509Store store = new X509Store(StoreName.My, location);
                try
                {
                    store.Open(OpenFlags.ReadOnly | OpenFlags.OpenExistingOnly);
                    foreach (X509Certificate2 certificate in store.Certificates.Find(X509FindType.FindByThumbprint, thumbprint, false))
                        if (found == null || (certificate.HasPrivateKey && !found.HasPrivateKey)) found = certificate;
                }
                catch (CryptographicException) { } // There is no such store.
                finally { store.Close(); }
            }
            return found != null ? new Reply(found, null) : new Reply(null, "Neither this user's certificate store nor the computer's has it.");
        }

        /// <summary>A Signer with the certificate's private key.</summary>
        public static Reply SignerOf(X509Certificate2 certificate)
        {
            if (!certificate.HasPrivateKey) return new Reply(null, "It has no private key there.");
            try
            {
                MethodInfo open = Extensions().GetMethod("GetRSAPrivateKey", new Type[] { typeof(X509Certificate2) });
                RSA key = (RSA)open.Invoke(null, new object[] { certificate });
                return key != null ? new Reply(new Signer(key), null) : new Reply(null, "Its key is not an RSA key.");
            }
            catch (Exception failure) { return new Reply(null, failure.GetBaseException().Message); }
        }

        // Windows PowerShell compiles this file without System.Core, where .NET Framework has the type.
        static Type Extensions()
        {
            const string name = "System.Security.Cryptography.X509Certificates.RSACertificateExtensions";
            Type type = typeof(X509Certificate2).Assembly.GetType(name, false);
            return type ?? Type.GetType(name + ", System.Core, Version=4.0.0.0, Culture=neutral, PublicKeyToken=b77a5c561934e089", true);
        }
    }

    /// <summary>Files, with a sentence instead of an exception when they cannot be used.</summary>
    public static class Files
    {
        public static Reply Read(string path)
        {
            try { return new Reply(File.ReadAllBytes(path), null); }
            catch (Exception failure) { return new Reply(null, failure.Message); }
        }

        /// <summary>Writes a file, and makes its folder where that is missing.</summary>
        public static Reply Write(string path, byte[] bytes)
        {
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path));
                File.WriteAllBytes(path, bytes);
                return new Reply(null, null);
            }
            catch (Exception failure) { return new Reply(null, failure.Message); }
        }
    }

    /// <summary>The exports of the library, one by one as include/m365photo.h declares them.</summary>
    internal static class Native
    {
        internal const string Name = "m365photo";

        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern uint m365photo_abi_version();
        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern IntPtr m365photo_version();

        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int m365photo_session_new(byte[] config, uint length, out SessionHandle session, out ErrorHandle error);
        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int m365photo_session_set_credential(
            SessionHandle session, uint kind, byte[] data, uint length, byte[] password, uint passwordLength, out ErrorHandle error);
        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int m365photo_session_signature_wanted(SessionHandle session, out BufferHandle wanted, out ErrorHandle error);
        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int m365photo_session_give_signature(
            SessionHandle session, uint id, byte[] signature, uint length, out ErrorHandle error);
        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int m365photo_session_context(SessionHandle session, out BufferHandle context, out ErrorHandle error);
        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int m365photo_session_runs(SessionHandle session, out BufferHandle runs, out ErrorHandle error);
        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void m365photo_session_free(IntPtr session);

        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int m365photo_connect_start(SessionHandle session, byte[] request, uint length, out JobHandle job, out ErrorHandle error);
        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int m365photo_check_start(SessionHandle session, byte[] request, uint length, out JobHandle job, out ErrorHandle error);
        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int m365photo_fetch_start(SessionHandle session, byte[] request, uint length, out JobHandle job, out ErrorHandle error);
        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int m365photo_compare_start(SessionHandle session, byte[] request, uint length, out JobHandle job, out ErrorHandle error);
        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int m365photo_sync_start(SessionHandle session, byte[] request, uint length, out JobHandle job, out ErrorHandle error);

        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int m365photo_job_wait(JobHandle job, uint milliseconds, ref Progress progress, out ErrorHandle error);
        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int m365photo_job_next(JobHandle job, uint max, out BufferHandle records, out ErrorHandle error);
        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int m365photo_job_picture(JobHandle job, uint number, out BufferHandle picture, out ErrorHandle error);
        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int m365photo_job_result(JobHandle job, out BufferHandle summary, out ErrorHandle error);
        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int m365photo_job_cancel(JobHandle job, out ErrorHandle error);
        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void m365photo_job_free(IntPtr job);

        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int m365photo_picture_inspect(byte[] picture, uint length, out BufferHandle answer, out ErrorHandle error);
        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int m365photo_picture_compare(
            byte[] a, uint aLength, byte[] b, uint bLength, out BufferHandle answer, out ErrorHandle error);
        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int m365photo_picture_thumbnail(byte[] picture, uint length, uint side, out BufferHandle jpeg, out ErrorHandle error);

        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int m365photo_buffer_data(BufferHandle buffer, out IntPtr data, out uint length, out ErrorHandle error);
        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void m365photo_buffer_free(IntPtr buffer);

        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int m365photo_error_code(ErrorHandle error);
        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern int m365photo_error_data(ErrorHandle error, out IntPtr data, out uint length);
        [DllImport(Name, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
        internal static extern void m365photo_error_free(IntPtr error);
    }
}
