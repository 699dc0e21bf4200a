//! Prints the description of the surface, which the other languages are generated from.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("{}", serde_json::to_string_pretty(&xmp_surface::describe::Surface::new()?)?);
    Ok(())
}
