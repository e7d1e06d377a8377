-- competences that do not exist
-- expect: fault unknown competence 'STL399'
rule "x" {
  about = "a", source = "guide-2010", owner = "o", competences = "STL399",
  recommend = function() end,
}
